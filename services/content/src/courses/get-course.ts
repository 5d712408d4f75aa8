import { notFound } from '@lms/errors';
import { defineRoute, Reply } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { localeQuery, pickText, wantedLanguages } from '../localised-texts/localised-text.ts';
import { mediaUrls } from '../media/public-urls.ts';
import { findMediaKeys } from './course-media-store.ts';
import { courseParams, draftQuery, mayEdit, sharedHeaders } from './course-requests.ts';
import { type CourseContent, findPublishedCourse } from './course-store.ts';
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
    { prisma, publicMediaUrl }: Pick<Deps, 'prisma' | 'publicMediaUrl'>,
  ) {
    if (query.draft && !mayEdit(caller)) throw notFound('The course');
    const course = query.draft ? await findDraft(courseId, prisma) : await findVersion(courseId, prisma);
    if (!course) throw notFound('The course');

    const { published, outline, ...facts } = course;
    const languages = [...wantedLanguages({ query, acceptLanguages }), course.forLanguage];
    const images = outline.flatMap(({ lessons }) => lessons.flatMap(({ image }) => image ?? []));
    const from = { courseId, versionId: published?.versionId ?? null };
    const urlOf = mediaUrls(publicMediaUrl, await findMediaKeys(prisma, from, images));
    const body = {
      ...facts,
      version: published?.version ?? null,
      title: pickText(course.title, languages),
      description: pickText(course.description, languages),
      specialCharacters: course.specialCharacters ?? [],
      units: outline.map(({ id, title, lessons }) => ({
        id,
        title: pickText(title, languages),
        lessons: lessons.map(({ image, ...lesson }) => ({
          ...lesson,
          title: pickText(lesson.title, languages),
          imageUrl: image === null ? null : urlOf(image),
        })),
      })),
    };
    return new Reply(body, { headers: sharedHeaders });
  },
});

/** The published version of a course, or its draft; for a draft, `published` is null. */
type FoundCourse = CourseContent & { published: { versionId: string; version: number } | null };

async function findVersion(courseId: string, prisma: Deps['prisma']): Promise<FoundCourse | null> {
  const course = await findPublishedCourse(prisma, courseId);
  if (!course) return null;
  const { versionId, version, ...content } = course;
  return { ...content, published: { versionId, version } };
}

async function findDraft(courseId: string, prisma: Deps['prisma']): Promise<FoundCourse | null> {
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
    published: null,
  };
}
