import { z } from 'zod';
import { localisedText } from '../exercises/course-text.ts';
import { type Exercise, exercise, sourceKey } from '../exercises/exercise.ts';
import { courseDraft, courseLimits, itemDraft, lessonDraft } from './course-draft.ts';
import { defaultPrompts, readAloudPrompt, translationPrompt } from './default-prompts.ts';

/** The files of our own course format, version 1. What an author may leave out is filled in here. */
export const formatName = 'lms-course/v1';

/** Name of a folder or a file. */
const name = z
  .string()
  .min(1)
  .max(60)
  .regex(/^[a-z0-9]+(?:[-_.][a-z0-9]+)*$/, 'must be lower case letters and digits, parted by - _ or .');

export const courseFile = courseDraft.omit({ sourceKey: true, units: true }).extend({
  format: z.literal(formatName),
  id: name,
  /** Only in exports of courses that came from elsewhere: so they stay the same course. */
  sourceKey: sourceKey.optional(),
  units: z.array(name).min(1).max(courseLimits.units),
});

export const unitFile = z.strictObject({
  sourceKey: sourceKey.optional(),
  title: localisedText(200),
  lessons: z.array(name).min(1).max(courseLimits.lessonsPerUnit),
});

interface Languages {
  language: string;
  forLanguage: string;
}

export function lessonFile(languages: Languages) {
  return lessonDraft.omit({ items: true, exercises: true }).extend({
    sourceKey: sourceKey.optional(),
    items: z.array(lessonItem).max(courseLimits.itemsPerLesson).default([]),
    exercises: z.array(lessonExercise(languages)).max(courseLimits.exercisesPerLesson).default([]),
  });
}

/** One translation needs no list. */
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
 * `key` beside the exercise's own fields; prompt and languages have defaults. An exercise whose key does not
 * begin with its lesson's has all of it as `sourceKey` (exports).
 */
function lessonExercise(languages: Languages) {
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

function withDefaults(fields: Record<string, unknown>, languages: Languages): Record<string, unknown> {
  const given = isRecord(fields.content) ? fields.content : {};
  const content = languagesOf(fields.kind, given, languages);
  const prompt = fields.prompt ?? defaultPrompt(fields.kind, content);
  return {
    ...fields,
    ...(fields.content === undefined && fields.kind !== 'matching' ? {} : { content }),
    ...(prompt === undefined ? {} : { prompt }),
  };
}

function languagesOf(
  kind: unknown,
  content: Record<string, unknown>,
  { language, forLanguage }: Languages,
): Record<string, unknown> {
  if (kind === 'translation') {
    const to = content.to ?? language;
    return { from: to === language ? forLanguage : language, ...content, to };
  }
  const speaksOneLanguage = ['fill_blank', 'reorder', 'dictation', 'speaking', 'writing'];
  return typeof kind === 'string' && speaksOneLanguage.includes(kind) ? { language, ...content } : content;
}

function defaultPrompt(kind: unknown, content: Record<string, unknown>) {
  if (kind === 'translation') return translationPrompt(String(content.to));
  if (kind === 'speaking') return content.text === undefined ? undefined : readAloudPrompt;
  return defaultPrompts[kind as keyof typeof defaultPrompts];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
