import { setImmediate } from 'node:timers/promises';
import type { z } from 'zod';
import {
  type CourseDraft,
  courseLimits,
  type ItemDraft,
  type LessonDraft,
  lessonMedia,
  type UnitDraft,
} from '../courses/course-draft.ts';
import type { CourseFiles, ParsedCourse } from './course-files.ts';
import { type CourseProblems, gatherProblems } from './course-problems.ts';
import { courseFile, lessonFile, unitFile } from './lms-course-files.ts';
import { readYaml, type YamlFile } from './read-yaml.ts';

/** A lesson with the file it comes from. */
interface ReadLesson {
  file: string;
  yaml: YamlFile;
  lesson: LessonDraft;
}

/**
 * Reads a course in our own format (README.md): `course.yaml`, `units/<unit>/unit.yaml` and
 * `units/<unit>/<lesson>.yaml`.
 */
export async function parseLmsCourse(files: CourseFiles): Promise<ParsedCourse> {
  const problems = gatherProblems();
  const course = await readFile('course.yaml', courseFile, { files, problems });
  if (!course) return { ok: false, errors: problems.errors() };

  const { units: unitNames, format: _format, id, sourceKey = `lms:${id}`, ...facts } = course.value;
  const languages = { language: facts.language, forLanguage: facts.forLanguage };
  const listed = new Set(['course.yaml']);
  const lessons: ReadLesson[] = [];
  const units: UnitDraft[] = [];
  for (const name of withoutDuplicates(unitNames, { file: 'course.yaml', yaml: course.yaml, problems })) {
    const file = `units/${name}/unit.yaml`;
    listed.add(file);
    const unit = await readFile(file, unitFile, { files, problems });
    if (!unit) continue;
    const { sourceKey: unitKey = name, title } = unit.value;
    const read: ReadLesson[] = [];
    for (const lessonName of withoutDuplicates(unit.value.lessons, { file, yaml: unit.yaml, problems })) {
      const lessonPath = `units/${name}/${lessonName}.yaml`;
      listed.add(lessonPath);
      const lesson = await readFile(lessonPath, lessonFile(languages), { files, problems });
      if (lesson)
        read.push({
          file: lessonPath,
          yaml: lesson.yaml,
          lesson: toLesson(`${unitKey}/${lessonName}`, lesson.value),
        });
    }
    lessons.push(...read);
    units.push({ sourceKey: unitKey, title, lessons: read.map(({ lesson }) => lesson) });
  }
  for (const file of files.keys())
    if (/^units\/.*\.ya?ml$/.test(file) && !listed.has(file))
      problems.add({ file, path: '', message: 'is not listed in its course or unit', line: null });
  checkKeys(units, lessons, problems);
  checkReferences(lessons, problems);
  checkTotals(lessons, problems);

  const errors = problems.errors();
  if (errors.length > 0) return { ok: false, errors };
  const draft: CourseDraft = { sourceKey, ...facts, units };
  return { ok: true, draft };
}

function toLesson(
  defaultKey: string,
  { sourceKey = defaultKey, items, exercises, ...lesson }: z.output<ReturnType<typeof lessonFile>>,
): LessonDraft {
  return {
    sourceKey,
    ...lesson,
    items: items.map(({ key, ...item }): ItemDraft => ({ sourceKey: key, ...item })),
    exercises: exercises.map((each) => ({
      sourceKey: 'key' in each ? `${sourceKey}/${each.key}` : each.sourceKey,
      exercise: each.exercise,
    })),
  };
}

async function readFile<S extends z.ZodType>(
  file: string,
  schema: S,
  { files, problems }: { files: CourseFiles; problems: CourseProblems },
): Promise<{ yaml: YamlFile; value: z.output<S> } | undefined> {
  // Lets other requests run between two files.
  await setImmediate();
  const bytes = files.get(file);
  if (!bytes) {
    problems.add({ file, path: '', message: 'is missing', line: null });
    return undefined;
  }
  const yaml = readYaml(file, bytes);
  if (!yaml.ok) {
    for (const error of yaml.errors) problems.add(error);
    return undefined;
  }
  const value = problems.check(file, yaml, schema);
  return value === undefined ? undefined : { yaml, value };
}

/** Names of units or lessons; a duplicate is reported as a problem and read once. */
function withoutDuplicates(
  names: string[],
  { file, yaml, problems }: { file: string; yaml: YamlFile; problems: CourseProblems },
): string[] {
  const list = file === 'course.yaml' ? 'units' : 'lessons';
  return names.filter((name, index) => {
    const isFirst = names.indexOf(name) === index;
    if (!isFirst) problems.addAt(file, yaml, { path: [list, index], message: `${name} is listed twice` });
    return isFirst;
  });
}

/** Units and lessons can only share a key where a file sets one by hand. */
function checkKeys(units: UnitDraft[], lessons: ReadLesson[], problems: CourseProblems): void {
  const unitKeys = units.map(({ sourceKey }) => sourceKey);
  const twice = unitKeys.find((key, index) => unitKeys.indexOf(key) !== index);
  if (twice !== undefined)
    problems.add({
      file: 'course.yaml',
      path: 'units',
      message: `two units have the key ${twice}`,
      line: null,
    });
  const lessonKeys = new Set<string>();
  for (const { file, yaml, lesson } of lessons) {
    if (lessonKeys.has(lesson.sourceKey))
      problems.addAt(file, yaml, { path: ['sourceKey'], message: 'is the key of another lesson' });
    lessonKeys.add(lesson.sourceKey);
  }
}

/** Keys of items and exercises are unique, and every item that an exercise trains exists. */
function checkReferences(lessons: ReadLesson[], problems: CourseProblems): void {
  const itemKeys = new Map<string, string>();
  for (const { file, yaml, lesson } of lessons)
    for (const [index, { sourceKey }] of lesson.items.entries()) {
      const known = itemKeys.get(sourceKey);
      if (known !== undefined)
        problems.addAt(file, yaml, {
          path: ['items', index, 'key'],
          message: `${sourceKey} is already a key in ${known}`,
        });
      itemKeys.set(sourceKey, file);
    }
  const keys = new Set<string>();
  for (const { file, yaml, lesson } of lessons) {
    for (const [index, { sourceKey, exercise }] of lesson.exercises.entries()) {
      if (keys.has(sourceKey))
        problems.addAt(file, yaml, { path: ['exercises', index, 'key'], message: 'is not unique' });
      keys.add(sourceKey);
      for (const [at, item] of exercise.items.entries())
        if (!itemKeys.has(item))
          problems.addAt(file, yaml, {
            path: ['exercises', index, 'items', at],
            message: `there is no item ${item}`,
          });
    }
  }
}

function checkTotals(lessons: ReadLesson[], problems: CourseProblems): void {
  const count = (of: (lesson: LessonDraft) => number) =>
    lessons.reduce((sum, { lesson }) => sum + of(lesson), 0);
  const totals = [
    ['lessons', lessons.length, courseLimits.lessons],
    ['items', count(({ items }) => items.length), courseLimits.items],
    ['exercises', count(({ exercises }) => exercises.length), courseLimits.exercises],
    ['media files', count((lesson) => lessonMedia(lesson).length), courseLimits.mediaFiles],
  ] as const;
  for (const [what, total, limit] of totals)
    if (total > limit)
      problems.add({
        file: 'course.yaml',
        path: '',
        message: `the course has ${total} ${what}, more than ${limit}`,
        line: null,
      });
}
