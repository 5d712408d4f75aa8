import { notFound } from '@lms/errors';
import { defineRoute, Reply } from '@lms/http';
import { z } from 'zod';
import { findMediaKeys } from '../courses/course-media-store.ts';
import { draftQuery, mayEdit, sharedHeaders } from '../courses/course-requests.ts';
import { loadDraft } from '../courses/load-draft-store.ts';
import { documentMedia, documentOf } from '../courses/version-content.ts';
import type { Deps } from '../deps.ts';
import { type Exercise, learnerExercise, toLearnerView } from '../exercises/exercise-kinds.ts';
import { localeQuery, pickLanguage, pickText, wantedLanguages } from '../localised-texts/localised-text.ts';
import { mediaUrls } from '../media/public-urls.ts';
import { lessonParams } from './lesson-params.ts';
import { findCourseIdOfLesson, findLesson, type LessonContent, listExercises } from './lesson-store.ts';

const lessonView = z.object({
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

/** Also answers `not_found` if the lesson exists but the caller may not see it. */
export const getLesson = defineRoute({
  method: 'get',
  path: '/lessons/{lessonId}',
  summary: 'Get a lesson: notes, words and phrases, and exercises without their solutions',
  tag: 'Lessons',
  auth: 'user',
  input: { params: lessonParams, query: localeQuery.extend(draftQuery.shape) },
  output: { status: 200, body: lessonView },
  errors: ['not_found'],
  async handler(
    { params: { lessonId }, query, caller, acceptLanguages },
    { prisma, publicMediaUrl }: Pick<Deps, 'prisma' | 'publicMediaUrl'>,
  ) {
    if (query.draft && !mayEdit(caller)) throw notFound('The lesson');
    const lesson = query.draft
      ? await findDraftLesson(lessonId, prisma)
      : await findVersionLesson(lessonId, caller.userId, prisma);
    if (!lesson) throw notFound('The lesson');

    const { courseId, published, document, exercises } = lesson;
    const paths = documentMedia(
      document,
      exercises.map(({ exercise }) => exercise),
    );
    const from = { courseId, versionId: published?.versionId ?? null };
    const mediaUrl = mediaUrls(publicMediaUrl, await findMediaKeys(prisma, from, paths));
    const languages = [...wantedLanguages({ query, acceptLanguages }), lesson.forLanguage];
    return new Reply(toView(lesson, { languages, mediaUrl }), { headers: sharedHeaders });
  },
});

/** A lesson of the version that the learner reads, or of the draft; for a draft, `published` is null. */
type FoundLesson = LessonContent & {
  published: { versionId: string; version: number } | null;
  exercises: { id: string; exercise: Exercise }[];
};

function toView(
  lesson: FoundLesson,
  { languages, mediaUrl }: { languages: string[]; mediaUrl: (path: string) => string | null },
): z.output<typeof lessonView> {
  const { lessonId, published, document, exercises, ...facts } = lesson;
  const urlOf = (path: string | null | undefined) => (path ? mediaUrl(path) : null);
  return {
    id: lessonId,
    ...facts,
    version: published?.version ?? null,
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
): Promise<FoundLesson | null> {
  const lesson = await findLesson(prisma, lessonId, userId);
  if (!lesson) return null;
  const { versionId, version, ...content } = lesson;
  const exercises = await listExercises(prisma, versionId, lessonId);
  return { ...content, published: { versionId, version }, exercises };
}

async function findDraftLesson(lessonId: string, prisma: Deps['prisma']): Promise<FoundLesson | null> {
  const courseId = await findCourseIdOfLesson(prisma, lessonId);
  const draft = courseId && (await loadDraft(prisma, courseId));
  if (!draft) return null;
  for (const unit of draft.units)
    for (const lesson of unit.lessons)
      if (lesson.id === lessonId)
        return {
          lessonId,
          unitId: unit.id,
          courseId,
          language: draft.language,
          forLanguage: draft.forLanguage,
          published: null,
          document: documentOf(lesson),
          exercises: lesson.exercises,
        };
  return null;
}
