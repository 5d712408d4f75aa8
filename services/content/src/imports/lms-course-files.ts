import { z } from 'zod';
import { courseDraft, courseLimits, itemDraft, lessonDraft } from '../courses/course-draft.ts';
import { localisedText } from '../exercises/course-text.ts';
import type { CourseLanguages } from '../exercises/define-kind.ts';
import { defaultsOf, type Exercise, exercise } from '../exercises/exercise-kinds.ts';
import { sourceKey } from '../exercises/source-key.ts';

/** The files of our own course format, version 1. Defaults for optional fields are filled in here. */
export const formatName = 'lms-course/v1';

/** Name of a folder or a file. */
const name = z
  .string()
  .min(1)
  .max(60)
  .regex(/^[a-z0-9]+(?:[-_.][a-z0-9]+)*$/, 'must be lower case letters and digits, separated by - _ or .');

export const courseFile = courseDraft.omit({ sourceKey: true, units: true }).extend({
  format: z.literal(formatName),
  id: name,
  /** Only in exports of courses from other sources, so that they remain the same course. */
  sourceKey: sourceKey.optional(),
  units: z.array(name).min(1).max(courseLimits.units),
});

export const unitFile = z.strictObject({
  sourceKey: sourceKey.optional(),
  title: localisedText(200),
  lessons: z.array(name).min(1).max(courseLimits.lessonsPerUnit),
});

export function lessonFile(languages: CourseLanguages) {
  return lessonDraft.omit({ items: true, exercises: true }).extend({
    sourceKey: sourceKey.optional(),
    items: z.array(lessonItem).max(courseLimits.itemsPerLesson).default([]),
    exercises: z.array(lessonExercise(languages)).max(courseLimits.exercisesPerLesson).default([]),
  });
}

/** A single translation does not need a list. */
const lessonItem = z.preprocess(
  (raw) =>
    isRecord(raw) && isRecord(raw.translations)
      ? {
          ...raw,
          translations: Object.fromEntries(
            Object.entries(raw.translations).map(([tag, value]) => [
              tag,
              typeof value === 'string' ? [value] : value,
            ]),
          ),
        }
      : raw,
  itemDraft.omit({ sourceKey: true }).extend({ key: sourceKey }),
);

/**
 * `key` next to the exercise's own fields; prompt and languages have defaults. An exercise whose key does not
 * begin with its lesson's key has the whole key as `sourceKey` (in exports).
 */
function lessonExercise(languages: CourseLanguages) {
  return z.unknown().transform((raw, context) => {
    const { key: rawKey, sourceKey: rawSourceKey, ...fields } = isRecord(raw) ? raw : {};
    const keyName = rawSourceKey === undefined ? 'key' : 'sourceKey';
    const keyResult = sourceKey.safeParse(rawSourceKey ?? rawKey);
    const result = exercise.safeParse(isRecord(raw) ? withDefaults(fields, languages) : raw);
    if (keyResult.success && result.success)
      return { [keyName]: keyResult.data, exercise: result.data } as
        | { key: string; exercise: Exercise }
        | { sourceKey: string; exercise: Exercise };
    const issues = [
      ...(keyResult.error?.issues.map((issue) => ({ ...issue, path: [keyName] })) ?? []),
      ...(result.error?.issues ?? []),
    ];
    for (const { path, message } of issues) context.addIssue({ code: 'custom', path, message });
    return z.NEVER;
  });
}

function withDefaults(fields: Record<string, unknown>, languages: CourseLanguages): Record<string, unknown> {
  const written = isRecord(fields.content) ? fields.content : {};
  const defaults = defaultsOf(fields.kind, written, languages);
  const prompt = fields.prompt ?? defaults.prompt;
  return {
    ...fields,
    ...(fields.content === undefined ? {} : { content: defaults.content }),
    ...(prompt === undefined ? {} : { prompt }),
  };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
