import { setImmediate } from 'node:timers/promises';
import { withoutAccents } from '@lms/text';
import { stringify } from 'yaml';
import type { CourseDraft, LessonDraft, UnitDraft } from '../courses/course-draft.ts';
import type { CourseFiles } from './course-files.ts';
import { formatName } from './lms-course-files.ts';

/**
 * Writes a course as a tree of our own format. Parsing it returns the same course with the same keys: if a key
 * cannot be a file name, the file contains it as `sourceKey`.
 */
export async function writeCourse(draft: CourseDraft): Promise<CourseFiles> {
  const files = new Map<string, Uint8Array>();
  const { sourceKey, units, ...facts } = draft;
  const id = toName(sourceKey.replace(/^lms:/, ''));
  const unitNames = uniqueNames(units.map((unit) => unit.sourceKey));
  await addFile(files, 'course.yaml', {
    format: formatName,
    id,
    ...(sourceKey === `lms:${id}` ? {} : { sourceKey }),
    ...facts,
    units: unitNames,
  });
  for (const [index, unit] of units.entries()) await writeUnit(files, unit, unitNames[index] as string);
  return files;
}

async function writeUnit(files: Map<string, Uint8Array>, unit: UnitDraft, name: string): Promise<void> {
  const { sourceKey, lessons, ...facts } = unit;
  const names = uniqueNames(
    lessons.map((lesson) => withoutPrefix(lesson.sourceKey, sourceKey)),
    ['unit'],
  );
  await addFile(files, `units/${name}/unit.yaml`, {
    ...(sourceKey === name ? {} : { sourceKey }),
    ...facts,
    lessons: names,
  });
  for (const [index, lesson] of lessons.entries())
    await addFile(
      files,
      `units/${name}/${names[index]}.yaml`,
      lessonValue(lesson, `${sourceKey}/${names[index]}`),
    );
}

function lessonValue(lesson: LessonDraft, defaultKey: string): Record<string, unknown> {
  const { sourceKey, items, exercises, ...facts } = lesson;
  return {
    ...(sourceKey === defaultKey ? {} : { sourceKey }),
    ...facts,
    items: items.map(({ sourceKey: key, ...item }) => ({ key, ...item })),
    exercises: exercises.map(({ sourceKey: key, exercise }) => ({
      ...(key.startsWith(`${sourceKey}/`) ? { key: withoutPrefix(key, sourceKey) } : { sourceKey: key }),
      ...exercise,
    })),
  };
}

async function addFile(
  files: Map<string, Uint8Array>,
  path: string,
  value: Record<string, unknown>,
): Promise<void> {
  // Lets other requests run between two files.
  await setImmediate();
  // Repeated texts must not become aliases, because our own reader refuses those.
  const text = stringify(value, { aliasDuplicateObjects: false, lineWidth: 100 });
  files.set(path, new TextEncoder().encode(text));
}

function withoutPrefix(key: string, prefix: string): string {
  return key.startsWith(`${prefix}/`) ? key.slice(prefix.length + 1) : key;
}

/** Unique file names in lower-case ASCII. */
function uniqueNames(keys: string[], taken: string[] = []): string[] {
  const used = new Set(taken);
  return keys.map((key) => {
    const name = toName(key);
    let unique = name;
    for (let number = 2; used.has(unique); number++) unique = `${name.slice(0, 54)}-${number}`;
    used.add(unique);
    return unique;
  });
}

function toName(key: string): string {
  if (/^[a-z0-9]+(?:[-_.][a-z0-9]+)*$/.test(key) && key.length <= 60) return key;
  const name = withoutAccents(key.toLowerCase())
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  // The end of a long key distinguishes it from others.
  return name.slice(-60).replace(/^-+/, '') || 'x';
}
