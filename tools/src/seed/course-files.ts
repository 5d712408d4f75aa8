import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { zipSync } from 'fflate';
import { parse } from 'yaml';

/** Zips the YAML files of a course in our own format for the import, without its media. */
export function zipCourse(folder: string): Uint8Array {
  const files = globSync('**/*.yaml', { cwd: folder }).sort();
  return zipSync(Object.fromEntries(files.map((file) => [file, readFileSync(join(folder, file))])), {
    mtime: new Date('2026-01-01T00:00:00Z'), // The same files result in the same zip.
  });
}

export function readCourseTitle(folder: string): string {
  const { title } = parse(readFileSync(join(folder, 'course.yaml'), 'utf8')) as { title: { en: string } };
  return title.en;
}

const contentTypes: Record<string, string> = { '.mp3': 'audio/mpeg', '.webp': 'image/webp' };

export interface MediaFile {
  bytes: Uint8Array<ArrayBuffer>;
  /** Facts that the media service requires before an upload. */
  facts: { fileName: string; contentType: string; sizeBytes: number; checksumSha256: string };
}

/** @throws Error for a type that the seed course does not use. */
export async function readMediaFile(folder: string, path: string): Promise<MediaFile> {
  const contentType = contentTypes[extname(path)];
  if (!contentType)
    throw new Error(`${path}: only ${Object.keys(contentTypes).join(' and ')} are known here`);
  const bytes = new Uint8Array(await readFile(join(folder, path)));
  const checksumSha256 = createHash('sha256').update(bytes).digest('base64');
  return { bytes, facts: { fileName: basename(path), contentType, sizeBytes: bytes.length, checksumSha256 } };
}
