import type { Tx } from '../deps.ts';
import type { ItemDraft } from './course-draft.ts';
import type { StoredDraft, StoredExercise, StoredItem, StoredLesson } from './stored-draft.ts';

/** The whole draft with its ids; null if the course does not exist. At most `courseLimits` rows. */
export async function loadDraft(tx: Tx, courseId: string): Promise<StoredDraft | null> {
  const order = { where: { courseId }, orderBy: { position: 'asc' } } as const;
  const course = await tx.course.findUnique({ where: { id: courseId } });
  if (!course) return null;
  const units = await tx.unit.findMany(order);
  const lessons = await tx.lesson.findMany(order);
  const exercises = groupByLesson(await tx.exercise.findMany(order));
  const items = groupByLesson(await tx.learningItem.findMany(order));
  const { id, sourceKey, slug, language, forLanguage, contentHash } = course;
  const draft = {
    id,
    contentHash,
    sourceKey,
    slug,
    language,
    forLanguage,
    ...present({ level: course.level, license: course.license, attribution: course.attribution }),
    ...present({ specialCharacters: course.specialCharacters }),
    title: course.title,
    description: course.description,
    units: units.map((unit) => ({
      id: unit.id,
      sourceKey: unit.sourceKey,
      title: unit.title,
      lessons: lessons
        .filter(({ unitId }) => unitId === unit.id)
        .map((lesson) => ({
          id: lesson.id,
          sourceKey: lesson.sourceKey,
          title: lesson.title,
          ...present({ notes: lesson.notes, image: lesson.imagePath }),
          items: (items.get(lesson.id) ?? []).map(
            (item): StoredItem => ({
              id: item.id,
              sourceKey: item.sourceKey,
              ...(item.content as unknown as Omit<ItemDraft, 'sourceKey'>),
            }),
          ),
          exercises: (exercises.get(lesson.id) ?? []).map(
            (each) =>
              ({
                id: each.id,
                sourceKey: each.sourceKey,
                exercise: each.content,
              }) as unknown as StoredExercise,
          ),
        })),
    })) as unknown as StoredDraft['units'],
  };
  // The columns hold values that `courseDraft` validated before they were written.
  return draft as StoredDraft;
}

/** Every lesson of a draft, in order. */
export function lessonsOf({ units }: Pick<StoredDraft, 'units'>): StoredLesson[] {
  return units.flatMap(({ lessons }) => lessons);
}

function groupByLesson<T extends { lessonId: string }>(rows: T[]): Map<string, T[]> {
  return Map.groupBy(rows, ({ lessonId }) => lessonId);
}

/** Without the fields that are null. */
function present<T extends Record<string, unknown>>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null)) as Partial<T>;
}
