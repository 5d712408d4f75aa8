import { notFound } from '@lms/errors';
import type { Caller } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { pickText } from '../localised-texts/localised-text.ts';
import { mediaUrls } from '../media/public-urls.ts';
import { findMediaKeys } from './course-media-store.ts';
import { findPublishedCourse, type PublishedCourse } from './course-store.ts';
import { loadDraft } from './load-draft-store.ts';
import { outlineOf } from './version-content.ts';

export const courseOutline = z.object({
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
  version: z.int().nullable().describe('Null: the draft'),
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

export const mayEdit = ({ role }: Caller) => role === 'editor' || role === 'admin';

/**
 * Units and lessons of what is published, or of the draft for an editor who asks for it.
 * @throws AppError `not_found`, also when it is there and not for this caller.
 */
export async function getCourse(
  input: { courseId: string; draft: boolean; caller: Caller; languages: string[] },
  { prisma, publicMediaUrl }: Pick<Deps, 'prisma' | 'publicMediaUrl'>,
): Promise<z.output<typeof courseOutline>> {
  const { courseId, draft, caller } = input;
  if (draft && !mayEdit(caller)) throw notFound('The course');
  const course = draft ? await findDraft(courseId, prisma) : await findPublishedCourse(prisma, courseId);
  if (!course) throw notFound('The course');

  const languages = [...input.languages, course.forLanguage];
  const images = course.outline.flatMap(({ lessons }) => lessons.flatMap(({ image }) => image ?? []));
  const from = draft
    ? ({ of: 'draft', id: courseId } as const)
    : ({ of: 'version', id: course.versionId } as const);
  const urlOf = mediaUrls(publicMediaUrl, await findMediaKeys(prisma, from, images));
  const { outline, ...facts } = course;
  return {
    ...facts,
    version: draft ? null : course.version,
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
}

async function findDraft(courseId: string, prisma: Deps['prisma']): Promise<PublishedCourse | null> {
  const draft = await loadDraft(prisma, courseId);
  if (!draft) return null;
  const {
    level = null,
    license = null,
    attribution = null,
    specialCharacters = null,
    units: _units,
    ...facts
  } = draft;
  return {
    ...facts,
    level,
    license: license as PublishedCourse['license'],
    attribution,
    specialCharacters,
    outline: outlineOf(draft),
    versionId: '',
    version: 0,
    publishedAt: new Date(0),
  };
}
