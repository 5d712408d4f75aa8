import { z } from 'zod';
import { type Exercise, learnerExercise, toLearnerView } from '../exercises/exercise-kinds.ts';
import { pickLanguage, pickText } from '../localised-texts/localised-text.ts';
import type { MediaUrlOf } from '../media/public-urls.ts';
import type { LessonContent } from './lesson-store.ts';

export const lessonView = z.object({
  id: z.uuid(),
  unitId: z.uuid(),
  courseId: z.uuid(),
  version: z.int().nullable().describe('Null for the draft'),
  language: z.string(),
  forLanguage: z.string(),
  title: z.string(),
  notes: z.string().nullable().describe('Markdown'),
  imageUrl: z.string().nullable(),
  items: z.array(
    z.object({
      id: z.uuid(),
      kind: z.enum(['word', 'phrase']),
      text: z.string(),
      synonyms: z.array(z.string()),
      translations: z.array(z.string()).describe('The best one first'),
      pronunciation: z.string().nullable().describe('IPA'),
      audioUrl: z.string().nullable(),
      imageUrls: z.array(z.string()),
    }),
  ),
  exercises: z.array(learnerExercise),
});

/** A lesson with its exercises, of a version, or of the draft if `version` is null. */
export type WholeLesson = LessonContent & {
  version: number | null;
  exercises: { id: string; exercise: Exercise }[];
};

/** A lesson as learners receive it, without solutions, in the first available of the languages. */
export function toLessonView(
  lesson: WholeLesson,
  { languages, mediaUrl }: { languages: readonly string[]; mediaUrl: MediaUrlOf },
): z.output<typeof lessonView> {
  const { lessonId, unitId, courseId, version, language, forLanguage, document, exercises } = lesson;
  const wanted = [...languages, forLanguage];
  const urlOf = (path: string | null | undefined) => (path ? mediaUrl(path) : null);
  return {
    id: lessonId,
    ...{ unitId, courseId, version, language, forLanguage },
    title: pickText(document.title, wanted),
    notes: document.notes ? pickText(document.notes, wanted) : null,
    imageUrl: urlOf(document.image),
    items: document.items.map((item) => ({
      id: item.id,
      kind: item.kind,
      text: item.text,
      synonyms: item.synonyms ?? [],
      translations: pickLanguage(item.translations, wanted) ?? [],
      pronunciation: item.pronunciation ?? null,
      audioUrl: urlOf(item.audio),
      imageUrls: (item.images ?? []).flatMap((path) => urlOf(path) ?? []),
    })),
    exercises: exercises.map(({ id, exercise }) =>
      toLearnerView(exercise, { id, languages: wanted, mediaUrl }),
    ),
  };
}
