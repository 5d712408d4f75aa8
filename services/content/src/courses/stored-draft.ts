import type { CourseDraft, ExerciseDraft, ItemDraft, LessonDraft, UnitDraft } from './course-draft.ts';

/** A draft with the ids its parts have in the database. */
export interface StoredDraft extends Omit<CourseDraft, 'units'> {
  id: string;
  contentHash: string;
  units: StoredUnit[];
}
export interface StoredUnit extends Omit<UnitDraft, 'lessons'> {
  id: string;
  lessons: StoredLesson[];
}
export interface StoredLesson extends Omit<LessonDraft, 'items' | 'exercises'> {
  id: string;
  items: StoredItem[];
  exercises: StoredExercise[];
}
export type StoredItem = ItemDraft & { id: string };
export type StoredExercise = ExerciseDraft & { id: string };

/** The draft without ids, as an author would write it. */
export function withoutIds({ id: _id, contentHash: _hash, units, ...facts }: StoredDraft): CourseDraft {
  return {
    ...facts,
    units: units.map(({ id: _unitId, lessons, ...unit }) => ({
      ...unit,
      lessons: lessons.map(({ id: _lessonId, items, exercises, ...lesson }) => ({
        ...lesson,
        items: items.map(({ id: _itemId, ...item }) => item),
        exercises: exercises.map(({ id: _exerciseId, ...exercise }) => exercise),
      })),
    })),
  };
}
