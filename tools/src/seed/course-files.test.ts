import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { strFromU8, unzipSync } from 'fflate';
import { readCourseTitle, readMediaFile, zipCourse } from './course-files.ts';

const folder = join(import.meta.dirname, '../../seed-course');

it('zips the texts of a course without its media, with the same bytes each time', () => {
  const zip = zipCourse(folder);
  const files = unzipSync(zip);
  expect(Object.keys(files).sort()).toEqual(globSync('**/*.yaml', { cwd: folder }).sort());
  expect(strFromU8(files['course.yaml'] ?? new Uint8Array())).toContain('Tiếng Anh cho người Việt');
  expect(Buffer.from(zipCourse(folder)).equals(zip)).toBe(true);
});

it('reads the title', () => {
  expect(readCourseTitle(folder)).toBe('English for Vietnamese');
});

it('returns the facts of a media file that an upload must declare', async () => {
  const path = 'media/audio/hello.mp3';
  const { bytes, facts } = await readMediaFile(folder, path);
  const expected = readFileSync(join(folder, path));
  expect(Buffer.from(bytes).equals(expected)).toBe(true);
  expect(facts).toEqual({
    fileName: 'hello.mp3',
    contentType: 'audio/mpeg',
    sizeBytes: expected.length,
    checksumSha256: createHash('sha256').update(expected).digest('base64'),
  });
  await expect(readMediaFile(folder, 'media/images/hello.gif')).rejects.toThrow('only .mp3 and .webp');
});
