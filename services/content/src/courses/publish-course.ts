import { AppError, notFound } from '@lms/errors';
import { defineRoute } from '@lms/http';
import { z } from 'zod';
import type { Deps, Tx } from '../deps.ts';
import { findMissingMedia, mediaDiffer } from './course-media-store.ts';
import { courseParams, wholeCourse } from './course-requests.ts';
import { lessonsOf, loadDraft } from './load-draft-store.ts';
import { makePublic } from './make-public.ts';
import { publishedBody, toPublishedBody } from './published-body.ts';
import type { StoredDraft } from './stored-draft.ts';
import { mediaNeededBy, type NamedMedia, namedMedia } from './version-content.ts';
import {
  findVersion,
  findVersionById,
  insertVersion,
  type LockedCourse,
  lockCourse,
  type VersionFacts,
} from './version-store.ts';

/**
 * If the draft is published already, nothing happens. Of two simultaneous calls, one creates the version and
 * both return it.
 */
export const publishCourse = defineRoute({
  method: 'post',
  path: '/courses/{courseId}/publish',
  summary: 'Publish the draft as the version that learners see',
  ...wholeCourse,
  input: {
    params: courseParams,
    body: z.strictObject({ allowMissingMedia: z.boolean().default(false) }),
  },
  output: { status: 200, body: publishedBody.extend({ missingMedia: z.int() }) },
  errors: ['not_found', 'course_not_publishable'],
  async handler(
    { params: { courseId }, body: { allowMissingMedia }, caller: { userId } },
    { prisma, shared }: Pick<Deps, 'prisma' | 'shared'>,
  ) {
    const published = await prisma.$transaction(
      async (tx) => {
        const course = await lockCourse(tx, courseId);
        const draft = course && (await loadDraft(tx, courseId));
        if (!course || !draft) throw notFound('The course');
        const missing = await findMissingMedia(tx, courseId, namedMedia(draft));
        checkPublishable(draft, missing, allowMissingMedia);
        const version =
          (await findSameAsDraft(tx, course)) ??
          (await insertVersion(tx, draft, { version: course.latestVersion + 1, userId }));
        const changed = await makePublic(tx, course, version);
        return { ...toPublishedBody({ courseId, version, changed }), missingMedia: missing.length };
      },
      { maxWait: 5_000, timeout: 40_000 },
    );
    shared.forget();
    return published;
  },
});

/** The published version or the newest one, if it is identical to the draft. */
async function findSameAsDraft(tx: Tx, course: LockedCourse): Promise<VersionFacts | null> {
  const published = course.publishedVersionId ? await findVersionById(tx, course.publishedVersionId) : null;
  const newest = await findVersion(tx, course.id, course.latestVersion);
  for (const version of [published, newest])
    if (version?.contentHash === course.contentHash && !(await mediaDiffer(tx, course.id, version.id)))
      return version;
  return null;
}

/** @throws AppError if the course has no exercises, or if files that exercises need are missing. */
function checkPublishable(draft: StoredDraft, missing: NamedMedia[], allowMissingMedia: boolean): void {
  if (lessonsOf(draft).every(({ exercises }) => exercises.length === 0))
    throw new AppError('course_not_publishable', 'The course has no exercises.');
  if (allowMissingMedia) return;
  const paths = new Set(missing.map(({ path }) => path));
  const needed = mediaNeededBy(draft).filter(({ path }) => paths.has(path));
  if (needed.length === 0) return;
  throw new AppError(
    'course_not_publishable',
    `${needed.length} exercises cannot be answered: files that they need are missing. Attach them, or send allowMissingMedia: true.`,
    {
      errors: needed.slice(0, 50).map(({ path, sourceKey }) => ({
        path,
        message: `is missing but required by exercise ${sourceKey}`,
      })),
    },
  );
}
