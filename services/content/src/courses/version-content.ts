import { type Exercise, neededMedia } from '../exercises/exercise-kinds.ts';
import { exerciseMedia } from '../exercises/exercise-media.ts';
import type { LocalisedText } from '../localised-texts/localised-text.ts';
import { type ItemDraft, lessonMedia } from './course-draft.ts';
import { lessonsOf } from './load-draft-store.ts';
import type { StoredDraft, StoredLesson } from './stored-draft.ts';

/** The stored outline of a version: units and lessons without exercises. */
export interface OutlineUnit {
  id: string;
  title: LocalisedText;
  lessons: OutlineLesson[];
}
export interface OutlineLesson {
  id: string;
  title: LocalisedText;
  image: string | null;
  exercises: number;
  items: number;
}

/** The stored lesson of a version, without its exercises. */
export interface LessonDocument {
  title: LocalisedText;
  notes: LocalisedText | null;
  image: string | null;
  items: (Omit<ItemDraft, 'sourceKey'> & { id: string })[];
}

export function outlineOf({ units }: Pick<StoredDraft, 'units'>): OutlineUnit[] {
  return units.map(({ id, title, lessons }) => ({
    id,
    title,
    lessons: lessons.map((lesson) => ({
      id: lesson.id,
      title: lesson.title,
      image: lesson.image ?? null,
      exercises: lesson.exercises.length,
      items: lesson.items.length,
    })),
  }));
}

export function documentOf({ title, notes, image, items }: StoredLesson): LessonDocument {
  return {
    title,
    notes: notes ?? null,
    image: image ?? null,
    items: items.map(({ sourceKey: _key, ...item }) => item),
  };
}

/** A path that the draft names, with one of the lessons that name it. */
export interface NamedMedia {
  path: string;
  kind: 'audio' | 'image';
  lessonId: string;
}

/** Every file that the draft names, without duplicates. */
export function namedMedia(draft: Pick<StoredDraft, 'units'>): NamedMedia[] {
  const found = new Map<string, NamedMedia>();
  for (const lesson of lessonsOf(draft))
    for (const { path, kind } of lessonMedia(lesson))
      if (!found.has(path)) found.set(path, { path, kind, lessonId: lesson.id });
  return [...found.values()];
}

/** Files that an exercise cannot be answered without, with the exercise's key. */
export function mediaNeededBy(draft: Pick<StoredDraft, 'units'>): { path: string; sourceKey: string }[] {
  return lessonsOf(draft).flatMap(({ exercises }) =>
    exercises.flatMap(({ exercise, sourceKey }) =>
      neededMedia(exercise).map((path) => ({ path, sourceKey })),
    ),
  );
}

/** Paths of a lesson that is stored in a version. */
export function documentMedia({ image, items }: LessonDocument, exercises: readonly Exercise[]): string[] {
  return [
    ...(image ? [image] : []),
    ...items.flatMap((item) => [...(item.audio ? [item.audio] : []), ...(item.images ?? [])]),
    ...exercises.flatMap((exercise) => exerciseMedia(exercise).map(({ path }) => path)),
  ];
}
