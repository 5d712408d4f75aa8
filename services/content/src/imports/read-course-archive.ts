/// <reference path="./yauzl.d.ts" />
import { posix } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { type Entry, fromBufferPromise, type ZipFile } from 'yauzl';
import type { CourseError, CourseFiles } from './course-files.ts';
import { maxTextFileBytes } from './read-yaml.ts';

/** Limits of a zip after unpacking. Only YAML and Markdown files are unpacked. */
export const archiveLimits = {
  entries: 25_000,
  textFiles: 5_000,
  totalTextBytes: 6_000_000,
} as const;

export type ReadArchive = { ok: true; files: CourseFiles } | { ok: false; errors: CourseError[] };

/**
 * Reads the files of a course from a zip. Paths are relative to the folder of the topmost `course.yaml`, so it
 * does not matter whether the zip has a folder around it. Media files are listed without their bytes: a course
 * only names them, and they are uploaded to the media service.
 */
export async function readCourseArchive(zip: Uint8Array): Promise<ReadArchive> {
  let archive: ZipFile;
  try {
    archive = await fromBufferPromise(Buffer.from(zip.buffer, zip.byteOffset, zip.byteLength), {
      strictFileNames: true,
    });
  } catch {
    return failed('', 'This is not a zip file, or it is damaged.');
  }
  if (archive.entryCount > archiveLimits.entries)
    return failed('', `has ${archive.entryCount} entries, more than ${archiveLimits.entries}`);

  const files = new Map<string, Uint8Array>();
  const errors: CourseError[] = [];
  const refuse = (file: string, message: string) =>
    errors.push({ file: file.slice(0, 300), path: '', message, line: null });
  let textFiles = 0;
  let textBytes = 0;
  try {
    for await (const entry of archive.eachEntry()) {
      const { fileName, uncompressedSize } = entry;
      if (fileName.endsWith('/') || isClutter(fileName)) continue;
      const problem = problemOf(entry, files);
      if (problem) {
        refuse(fileName, problem);
      } else if (!isText(fileName)) {
        files.set(posix.normalize(fileName), new Uint8Array());
      } else {
        textFiles++;
        textBytes += uncompressedSize;
        if (textFiles > archiveLimits.textFiles)
          return failed('', `has more than ${archiveLimits.textFiles} YAML and Markdown files`);
        if (textBytes > archiveLimits.totalTextBytes)
          return failed('', `is more than ${archiveLimits.totalTextBytes} bytes when unpacked`);
        // The size was checked above; yauzl ends the stream when the file is larger than it says.
        files.set(posix.normalize(fileName), await buffer(await archive.openReadStreamPromise(entry)));
      }
      if (errors.length >= 50) break;
    }
  } catch (error) {
    // Its messages are about the archive (damaged, unsafe path), never about this machine.
    refuse('', `The zip file cannot be read: ${(error as Error).message}`);
  }
  if (errors.length > 0) return { ok: false, errors };
  return fromCourseFolder(files);
}

function problemOf(entry: Entry, files: CourseFiles): string | undefined {
  const { fileName, uncompressedSize } = entry;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: no path of a course has any
  if (fileName.length > 300 || /[\u0000-\u001f]/.test(fileName))
    return 'is not a path that a course may have';
  if (files.has(posix.normalize(fileName))) return 'appears twice';
  if (!isText(fileName)) return undefined;
  if (entry.isEncrypted()) return 'is encrypted';
  if (!entry.canDecodeFileData()) return 'is compressed in a way that is not supported: use deflate';
  if (uncompressedSize > maxTextFileBytes) return `is larger than ${maxTextFileBytes} bytes`;
  return undefined;
}

/** Paths relative to the folder of the topmost course.yaml; files outside of it are dropped. */
function fromCourseFolder(files: CourseFiles): ReadArchive {
  const depthOf = (path: string) => path.split('/').length;
  const roots = [...files.keys()]
    .filter((path) => posix.basename(path) === 'course.yaml')
    .sort((a, b) => depthOf(a) - depthOf(b));
  const [root, second] = roots;
  if (root === undefined) return failed('course.yaml', 'is missing; every course must have one');
  if (second !== undefined && depthOf(second) === depthOf(root))
    return failed(second, `and ${root} are both the start of a course: import one at a time`);
  const folder = root.slice(0, -'course.yaml'.length);
  const inside = [...files].filter(([path]) => path.startsWith(folder));
  return { ok: true, files: new Map(inside.map(([path, bytes]) => [path.slice(folder.length), bytes])) };
}

function isText(path: string): boolean {
  return /\.(ya?ml|md)$/i.test(path);
}

/** Files that operating systems add to zips. */
function isClutter(path: string): boolean {
  return /(^|\/)(__MACOSX|\.git|node_modules)\/|(^|\/)(\.DS_Store|Thumbs\.db|\._[^/]*)$/.test(path);
}

function failed(file: string, message: string): ReadArchive {
  return { ok: false, errors: [{ file, path: '', message, line: null }] };
}
