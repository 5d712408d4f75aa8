import { describe, expect, it } from '@jest/globals';
import { strToU8, zipSync } from 'fflate';
import { archiveLimits, readCourseArchive } from './read-course-archive.ts';
import { maxTextFileBytes } from './read-yaml.ts';

const course = strToU8('format: lms-course/v1\n');
const zip = (files: Record<string, Uint8Array>) => zipSync(files, { level: 9 });
const problemsOf = async (bytes: Uint8Array) => {
  const result = await readCourseArchive(bytes);
  return result.ok ? [] : result.errors.map(({ file, message }) => `${file}: ${message}`);
};
const pathsOf = async (bytes: Uint8Array) => {
  const result = await readCourseArchive(bytes);
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return [...result.files.keys()].sort();
};

/** Changes the uncompressed size of an entry in both places where a zip records it. */
function withClaimedSize(bytes: Uint8Array, name: string, size: number): Uint8Array {
  const copy = Buffer.from(bytes);
  for (let at = 0; at < copy.length - 4; at++) {
    const signature = copy.readUInt32LE(at);
    const [sizeAt, nameAt] =
      signature === 0x04034b50 ? [22, 30] : signature === 0x02014b50 ? [24, 46] : [0, 0];
    if (sizeAt > 0 && copy.subarray(at + nameAt, at + nameAt + name.length).toString() === name)
      copy.writeUInt32LE(size, at + sizeAt);
  }
  return copy;
}

describe('readCourseArchive', () => {
  it('returns paths relative to the folder of the topmost course.yaml, without clutter', async () => {
    const bytes = zip({
      'my-course/course.yaml': course,
      'my-course/units/a/unit.yaml': course,
      'my-course/media/audio/a.mp3': strToU8('sound'),
      'my-course/old/course.yaml': course,
      'README.md': course,
      '__MACOSX/my-course/._course.yaml': course,
      'my-course/.DS_Store': course,
    });
    expect(await pathsOf(bytes)).toEqual([
      'course.yaml',
      'media/audio/a.mp3',
      'old/course.yaml',
      'units/a/unit.yaml',
    ]);
    const result = await readCourseArchive(bytes);
    // Media are uploaded elsewhere: their bytes are never unpacked here.
    expect(result.ok && result.files.get('media/audio/a.mp3')?.length).toBe(0);
  });

  it.each([
    '../course.yaml',
    'a/../../course.yaml',
    '/etc/course.yaml',
    'C:/course.yaml',
    'a\\..\\course.yaml',
  ])('refuses the path %s', async (path) => {
    expect((await problemsOf(zip({ 'course.yaml': course, [path]: course }))).length).toBeGreaterThan(0);
  });

  it('refuses two entries for the same file', async () => {
    const twice = await problemsOf(zip({ 'course.yaml': course, 'a/x.yaml': course, 'a/./x.yaml': course }));
    expect(twice).toEqual([expect.stringContaining('appears twice')]);
  });

  it('refuses a file that is large when unpacked, before it is unpacked', async () => {
    const bomb = zip({ 'course.yaml': new Uint8Array(50_000_000) });
    expect(bomb.length).toBeLessThan(100_000);
    expect(await problemsOf(bomb)).toEqual([`course.yaml: is larger than ${maxTextFileBytes} bytes`]);
  });

  it('refuses a file that is larger than its entry says', async () => {
    const bomb = zip({ 'course.yaml': new Uint8Array(5_000_000) });
    const problems = await problemsOf(withClaimedSize(bomb, 'course.yaml', 100));
    expect(problems).toEqual([expect.stringContaining('The zip file cannot be read')]);
  });

  it('refuses files that exceed the total size or number', async () => {
    const one = new Uint8Array(maxTextFileBytes);
    const count = Math.floor(archiveLimits.totalTextBytes / maxTextFileBytes) + 1;
    const files = Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${index}.yaml`, one]));
    expect(await problemsOf(zip(files))).toEqual([
      `: is more than ${archiveLimits.totalTextBytes} bytes when unpacked`,
    ]);
    const many = Object.fromEntries(
      Array.from({ length: archiveLimits.textFiles + 1 }, (_, index) => [`f${index}.yaml`, new Uint8Array()]),
    );
    expect(await problemsOf(zip(many))).toEqual([expect.stringContaining('more than 5000 YAML')]);
  });

  it('reports what is missing or ambiguous', async () => {
    expect(await problemsOf(zip({ 'a.yaml': course }))).toEqual([
      'course.yaml: is missing; every course must have one',
    ]);
    expect(await problemsOf(zip({ 'a/course.yaml': course, 'b/course.yaml': course }))).toEqual([
      expect.stringContaining('are both the start of a course'),
    ]);
    expect(await problemsOf(strToU8('PK nonsense'))).toEqual([': This is not a zip file, or it is damaged.']);
    const damaged = Buffer.from(zip({ 'course.yaml': strToU8('format: lms-course/v1\n'.repeat(50)) }));
    damaged.fill(0xff, 45, 60);
    expect(await problemsOf(damaged)).toEqual([expect.stringContaining('cannot be read')]);
  });
});
