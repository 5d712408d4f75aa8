import { notFound } from '@lms/errors';
import { defineRoute, Reply } from '@lms/http';
import { findDraftMediaKeys } from '../courses/course-media-store.ts';
import { draftQuery, mayEdit, sharedHeaders } from '../courses/course-requests.ts';
import { loadDraft } from '../courses/load-draft-store.ts';
import { documentMedia, documentOf } from '../courses/version-content.ts';
import type { Deps } from '../deps.ts';
import { localeQuery, wantedLanguages } from '../localised-texts/localised-text.ts';
import { relevantLanguages } from '../localised-texts/relevant-languages.ts';
import { mediaUrls } from '../media/public-urls.ts';
import { lessonParams } from './lesson-params.ts';
import { findCourseIdOfLesson, findOpenVersion } from './lesson-store.ts';
import { lessonView, toLessonView, type WholeLesson } from './lesson-view.ts';

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
    deps: Pick<Deps, 'prisma' | 'sql' | 'shared' | 'publicMediaUrl'>,
  ) {
    if (query.draft && !mayEdit(caller)) throw notFound('The lesson');
    const languages = wantedLanguages({ query, acceptLanguages });
    const body = query.draft
      ? await viewDraft({ lessonId, languages }, deps)
      : await viewPublished({ lessonId, userId: caller.userId, languages }, deps);
    if (!body) throw notFound('The lesson');
    return new Reply(body, { headers: sharedHeaders });
  },
});

/** From the version of the open attempt, otherwise from the published version; the same body for all who get it. */
async function viewPublished(
  { lessonId, userId, languages }: { lessonId: string; userId: string; languages: string[] },
  { sql, shared, publicMediaUrl }: Pick<Deps, 'sql' | 'shared' | 'publicMediaUrl'>,
) {
  const published = await shared.lessons.find(lessonId, () => findOpenVersion(sql, userId, lessonId));
  if (!published) return null;
  const { content, media, stamp } = published;
  const relevant = relevantLanguages(content.languages, languages);
  return shared.bodies.get(`lesson/${stamp}/${relevant}`, lessonView, () =>
    toLessonView(content.lesson, {
      languages: relevant,
      mediaUrl: mediaUrls(publicMediaUrl, new Map(Object.entries(JSON.parse(media.json)))),
    }),
  );
}

async function viewDraft(
  { lessonId, languages }: { lessonId: string; languages: string[] },
  { prisma, publicMediaUrl }: Pick<Deps, 'prisma' | 'publicMediaUrl'>,
) {
  const lesson = await findDraftLesson(lessonId, prisma);
  if (!lesson) return null;
  const paths = documentMedia(
    lesson.document,
    lesson.exercises.map(({ exercise }) => exercise),
  );
  const keys = await findDraftMediaKeys(prisma, lesson.courseId, paths);
  return toLessonView(lesson, { languages, mediaUrl: mediaUrls(publicMediaUrl, keys) });
}

async function findDraftLesson(lessonId: string, prisma: Deps['prisma']): Promise<WholeLesson | null> {
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
          version: null,
          document: documentOf(lesson),
          exercises: lesson.exercises,
        };
  return null;
}
