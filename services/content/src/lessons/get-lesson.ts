import { notFound } from '@lms/errors';
import type { Caller } from '@lms/http';
import { z } from 'zod';
import { findMediaKeys } from '../courses/course-media-store.ts';
import { mayEdit } from '../courses/get-course.ts';
import { loadDraft } from '../courses/load-draft-store.ts';
import { documentMedia, documentOf } from '../courses/version-content.ts';
import type { Deps } from '../deps.ts';
import type { Exercise } from '../exercises/exercise.ts';
import { learnerExercise, toLearnerView } from '../exercises/learner-view.ts';
import { pickLanguage, pickText } from '../localised-texts/localised-text.ts';
import { mediaUrls } from '../media/public-urls.ts';
import { findLesson, type LessonFacts, listExercises } from './lesson-store.ts';

export const lessonView = z.object({
  id: z.uuid(),
  unitId: z.uuid(),
  courseId: z.uuid(),
  version: z.int().nullable().describe('Null: the draft'),
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
      translations: z.array(z.string()).describe('The best first'),
      pronunciation: z.string().nullable().describe('IPA'),
      audioUrl: z.string().nullable(),
      imageUrls: z.array(z.string()),
    }),
  ),
  exercises: z.array(learnerExercise),
});

type Lesson = LessonFacts & { exercises: { id: string; exercise: Exercise }[] };

/**
 * A lesson with its exercises, without a word of their solutions.
 * @throws AppError `not_found`, also when it is there and not for this caller.
 */
export async function getLesson(
  input: { lessonId: string; draft: boolean; caller: Caller; languages: string[] },
  { prisma, publicMediaUrl }: Pick<Deps, 'prisma' | 'publicMediaUrl'>,
): Promise<z.output<typeof lessonView>> {
  const { lessonId, draft, caller } = input;
  if (draft && !mayEdit(caller)) throw notFound('The lesson');
  const lesson = draft
    ? await findDraftLesson(lessonId, prisma)
    : await findVersionLesson(lessonId, caller.userId, prisma);
  if (!lesson) throw notFound('The lesson');

  const { document, exercises, courseId, versionId, forLanguage } = lesson;
  const languages = [...input.languages, forLanguage];
  const paths = documentMedia(
    document,
    exercises.map(({ exercise }) => exercise),
  );
  const from = draft ? ({ of: 'draft', id: courseId } as const) : ({ of: 'version', id: versionId } as const);
  const mediaUrl = mediaUrls(publicMediaUrl, await findMediaKeys(prisma, from, paths));
  const urlOf = (path: string | null | undefined) => (path ? mediaUrl(path) : null);
  return {
    id: lesson.lessonId,
    unitId: lesson.unitId,
    courseId,
    version: draft ? null : lesson.version,
    language: lesson.language,
    forLanguage,
    title: pickText(document.title, languages),
    notes: document.notes ? pickText(document.notes, languages) : null,
    imageUrl: urlOf(document.image),
    items: document.items.map((item) => ({
      id: item.id,
      kind: item.kind,
      text: item.text,
      synonyms: item.synonyms ?? [],
      translations: pickLanguage(item.translations, languages) ?? [],
      pronunciation: item.pronunciation ?? null,
      audioUrl: urlOf(item.audio),
      imageUrls: (item.images ?? []).flatMap((path) => urlOf(path) ?? []),
    })),
    exercises: exercises.map(({ id, exercise }) => toLearnerView(exercise, { id, languages, mediaUrl })),
  };
}

async function findVersionLesson(
  lessonId: string,
  userId: string,
  prisma: Deps['prisma'],
): Promise<Lesson | null> {
  const lesson = await findLesson(prisma, lessonId, userId);
  if (!lesson) return null;
  return { ...lesson, exercises: await listExercises(prisma, lesson.versionId, lessonId) };
}

async function findDraftLesson(lessonId: string, prisma: Deps['prisma']): Promise<Lesson | null> {
  const row = await prisma.lesson.findUnique({ where: { id: lessonId }, select: { courseId: true } });
  const draft = row && (await loadDraft(prisma, row.courseId));
  const unit = draft?.units.find(({ lessons }) => lessons.some(({ id }) => id === lessonId));
  const lesson = unit?.lessons.find(({ id }) => id === lessonId);
  if (!draft || !unit || !lesson) return null;
  const { id: courseId, language, forLanguage } = draft;
  return {
    lessonId,
    unitId: unit.id,
    courseId,
    versionId: '',
    version: 0,
    language,
    forLanguage,
    document: documentOf(lesson),
    exercises: lesson.exercises,
  };
}
