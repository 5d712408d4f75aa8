import { createHash } from 'node:crypto';
import { z } from 'zod';
import {
  audioPath,
  courseText,
  imagePath,
  localisedText,
  type MediaReference,
} from '../exercises/course-text.ts';
import { exercise } from '../exercises/exercise-kinds.ts';
import { exerciseMedia } from '../exercises/exercise-media.ts';
import { sourceKey } from '../exercises/source-key.ts';
import { languageTag } from '../localised-texts/localised-text.ts';

/** Limits of a course, which keep an import within seconds and megabytes. */
export const courseLimits = {
  units: 100,
  lessonsPerUnit: 100,
  lessons: 1_000,
  itemsPerLesson: 300,
  items: 20_000,
  exercisesPerLesson: 300,
  exercises: 30_000,
  mediaFiles: 20_000,
} as const;

/** A word or phrase that a lesson teaches. */
export const itemDraft = z.strictObject({
  /** Unique in the course. */
  sourceKey,
  kind: z.enum(['word', 'phrase']).default('word'),
  /** In the language being learned. */
  text: courseText(300),
  /** Other accepted ways to say it. */
  synonyms: z.array(courseText(300)).max(30).optional(),
  /** Language tag → translations, the best one first. */
  translations: z
    .record(languageTag, z.array(courseText(300)).min(1).max(30))
    .refine((value) => Object.keys(value).length > 0, 'needs a translation in at least one language'),
  /** How it is pronounced, in IPA. */
  pronunciation: courseText(200).optional(),
  audio: audioPath.optional(),
  images: z.array(imagePath).max(10).optional(),
});
export type ItemDraft = z.output<typeof itemDraft>;

export const exerciseDraft = z.strictObject({
  /** Unique in the course. */
  sourceKey,
  exercise,
});
export type ExerciseDraft = z.output<typeof exerciseDraft>;

export const lessonDraft = z.strictObject({
  sourceKey,
  title: localisedText(200),
  /** Introduction and grammar notes in Markdown. */
  notes: localisedText(20_000).optional(),
  image: imagePath.optional(),
  items: z.array(itemDraft).max(courseLimits.itemsPerLesson),
  exercises: z.array(exerciseDraft).max(courseLimits.exercisesPerLesson),
});
export type LessonDraft = z.output<typeof lessonDraft>;

export const unitDraft = z.strictObject({
  sourceKey,
  title: localisedText(200),
  lessons: z.array(lessonDraft).min(1).max(courseLimits.lessonsPerUnit),
});
export type UnitDraft = z.output<typeof unitDraft>;

export const licenseDraft = z.strictObject({
  /** For example “CC BY-SA 4.0”. */
  name: courseText(100),
  fullName: courseText(300).optional(),
  url: z
    .url({ protocol: /^https?$/ })
    .max(500)
    .optional(),
});

export type LicenseDraft = z.output<typeof licenseDraft>;

/**
 * A course as it is read from files, in either format. `sourceKey`s come from the source and stay the same
 * when it is imported again, so that an import updates the existing course.
 */
export const courseDraft = z.strictObject({
  sourceKey,
  slug: z
    .string()
    .max(100)
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be lower case letters, digits and hyphens'),
  /** The language being learned. */
  language: languageTag,
  /** The language that the course is taught in. */
  forLanguage: languageTag,
  level: z.enum(['A1', 'A2', 'B1', 'B2', 'C1', 'C2']).optional(),
  title: localisedText(200),
  description: localisedText(5_000),
  license: licenseDraft.optional(),
  /** Author and origin, shown with the course. */
  attribution: courseText(2_000).optional(),
  /** Letters that keyboards of the source language lack. */
  specialCharacters: z.array(courseText(8)).max(100).optional(),
  units: z.array(unitDraft).min(1).max(courseLimits.units),
});
export type CourseDraft = z.output<typeof courseDraft>;

/** The files that a lesson names, without duplicates. */
export function lessonMedia({ image, items, exercises }: LessonDraft): MediaReference[] {
  const references: MediaReference[] = [
    ...(image ? [{ path: image, kind: 'image' as const }] : []),
    ...items.flatMap((item) => [
      ...(item.audio ? [{ path: item.audio, kind: 'audio' as const }] : []),
      ...(item.images ?? []).map((path) => ({ path, kind: 'image' as const })),
    ]),
    ...exercises.flatMap(({ exercise }) => exerciseMedia(exercise)),
  ];
  return [...new Map(references.map((reference) => [reference.path, reference])).values()];
}

/** SHA-256 (hex) of a draft's content; the order of its keys does not matter. */
export function hashDraft(draft: CourseDraft): string {
  return createHash('sha256')
    .update(JSON.stringify(sortKeys(draft)))
    .digest('hex');
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sortKeys(inner)]),
  );
}
