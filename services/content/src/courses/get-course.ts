import { notFound } from '@lms/errors';
import { defineRoute, Reply } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { localeQuery, pickText, wantedLanguages } from '../localised-texts/localised-text.ts';
import { relevantLanguages } from '../localised-texts/relevant-languages.ts';
import { type MediaUrlOf, mediaUrls } from '../media/public-urls.ts';
import { findDraftMediaKeys } from './course-media-store.ts';
import { courseParams, draftQuery, mayEdit, sharedHeaders } from './course-requests.ts';
import type { CourseContent } from './course-store.ts';
import { loadDraft } from './load-draft-store.ts';
import { outlineOf } from './version-content.ts';

const courseView = z.object({
  id: z.uuid(),
  slug: z.string(),
  language: z.string(),
  forLanguage: z.string(),
  level: z.string().nullable(),
  title: z.string(),
  description: z.string(),
  license: z
    .object({ name: z.string(), fullName: z.string().optional(), url: z.string().optional() })
    .nullable(),
  attribution: z.string().nullable(),
  specialCharacters: z.array(z.string()),
  version: z.int().nullable().describe('Null for the draft'),
  units: z.array(
    z.object({
      id: z.uuid(),
      title: z.string(),
      lessons: z.array(
        z.object({
          id: z.uuid(),
          title: z.string(),
          imageUrl: z.string().nullable(),
          exercises: z.int(),
          items: z.int(),
        }),
      ),
    }),
  ),
});

/** Also answers `not_found` if the course exists but the caller may not see it. */
export const getCourse = defineRoute({
  method: 'get',
  path: '/courses/{courseId}',
  summary: 'Get a course with its units and lessons',
  tag: 'Courses',
  auth: 'user',
  input: { params: courseParams, query: localeQuery.extend(draftQuery.shape) },
  output: { status: 200, body: courseView },
  errors: ['not_found'],
  async handler(
    { params: { courseId }, query, caller, acceptLanguages },
    deps: Pick<Deps, 'prisma' | 'shared' | 'publicMediaUrl'>,
  ) {
    if (query.draft && !mayEdit(caller)) throw notFound('The course');
    const languages = wantedLanguages({ query, acceptLanguages });
    const view = query.draft ? viewDraft : viewPublished;
    const body = await view(courseId, languages, deps);
    if (!body) throw notFound('The course');
    return new Reply(body, { headers: sharedHeaders });
  },
});

async function viewPublished(
  courseId: string,
  languages: string[],
  { shared, publicMediaUrl }: Pick<Deps, 'shared' | 'publicMediaUrl'>,
) {
  // Progress in a course has no version, so every learner sees the published one.
  const published = await shared.courses.find(courseId, async () => null);
  if (!published) return null;
  const { content, media, stamp } = published;
  const relevant = relevantLanguages(content.languages, languages);
  return shared.bodies.get(`course/${stamp}/${relevant}`, courseView, () =>
    toView(content.course, {
      version: content.course.version,
      languages: relevant,
      urlOf: mediaUrls(publicMediaUrl, new Map(Object.entries(JSON.parse(media.json)))),
    }),
  );
}

async function viewDraft(
  courseId: string,
  languages: string[],
  { prisma, publicMediaUrl }: Pick<Deps, 'prisma' | 'publicMediaUrl'>,
) {
  const course = await findDraft(courseId, prisma);
  if (!course) return null;
  const images = course.outline.flatMap(({ lessons }) => lessons.flatMap(({ image }) => image ?? []));
  const urlOf = mediaUrls(publicMediaUrl, await findDraftMediaKeys(prisma, courseId, images));
  return toView(course, { version: null, languages, urlOf });
}

function toView(
  { outline, ...course }: CourseContent,
  { version, languages, urlOf }: { version: number | null; languages: string[]; urlOf: MediaUrlOf },
): z.output<typeof courseView> {
  const wanted = [...languages, course.forLanguage];
  return {
    ...course,
    version,
    title: pickText(course.title, wanted),
    description: pickText(course.description, wanted),
    specialCharacters: course.specialCharacters ?? [],
    units: outline.map(({ id, title, lessons }) => ({
      id,
      title: pickText(title, wanted),
      lessons: lessons.map(({ image, ...lesson }) => ({
        ...lesson,
        title: pickText(lesson.title, wanted),
        imageUrl: image === null ? null : urlOf(image),
      })),
    })),
  };
}

async function findDraft(courseId: string, prisma: Deps['prisma']): Promise<CourseContent | null> {
  const draft = await loadDraft(prisma, courseId);
  if (!draft) return null;
  const { id, slug, language, forLanguage, title, description } = draft;
  return {
    id,
    slug,
    language,
    forLanguage,
    title,
    description,
    level: draft.level ?? null,
    license: draft.license ?? null,
    attribution: draft.attribution ?? null,
    specialCharacters: draft.specialCharacters ?? null,
    outline: outlineOf(draft),
  };
}
