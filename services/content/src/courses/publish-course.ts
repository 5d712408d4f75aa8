import { AppError, notFound } from '@lms/errors';
import { appendEvent } from '@lms/events';
import type { Deps, Tx } from '../deps.ts';
import { fillHoles, findMissingMedia, mediaDiffer } from './course-media-store.ts';
import { lessonsOf, loadDraft } from './load-draft-store.ts';
import type { StoredDraft } from './stored-draft.ts';
import { type NamedMedia, namedMedia, neededAudio } from './version-content.ts';
import {
  findVersion,
  findVersionById,
  insertVersion,
  type LockedCourse,
  lockCourse,
  setPublished,
  type VersionFacts,
} from './version-store.ts';

interface Published {
  courseId: string;
  version: number;
  versionId: string;
  contentHash: string;
  publishedAt: string;
  changed: boolean;
}

/**
 * Makes the draft a version that learners read. When the draft is what is out already, nothing happens: so
 * of two calls at the same time one makes the version, and both get it.
 * @throws AppError `course_not_publishable` when there is nothing to learn in it, or sounds are missing that
 *   exercises cannot do without.
 */
export function publishCourse(
  { courseId, userId, allowMissingMedia }: { courseId: string; userId: string; allowMissingMedia: boolean },
  { prisma }: Pick<Deps, 'prisma'>,
): Promise<Published & { missingMedia: number }> {
  return prisma.$transaction(
    async (tx) => {
      const course = await lockCourse(tx, courseId);
      const draft = course && (await loadDraft(tx, courseId));
      if (!course || !draft) throw notFound('The course');
      const missing = await findMissingMedia(tx, courseId, namedMedia(draft));
      checkPublishable(draft, missing, allowMissingMedia);
      const out = await findReusable(tx, course);
      const version = out ?? (await insertVersion(tx, draft, { version: course.latestVersion + 1, userId }));
      const changed = version.id !== course.publishedVersionId;
      if (changed) await makePublic(tx, courseId, version);
      return { ...toPublished(courseId, version), changed, missingMedia: missing.length };
    },
    { maxWait: 5_000, timeout: 40_000 },
  );
}

/** Shows an earlier version again. The draft stays what it is. */
export function rollBackCourse(
  { courseId, version: number }: { courseId: string; version: number },
  { prisma }: Pick<Deps, 'prisma'>,
): Promise<Published> {
  return prisma.$transaction(async (tx) => {
    const course = await lockCourse(tx, courseId);
    if (!course) throw notFound('The course');
    const version = await findVersion(tx, courseId, number);
    if (!version) throw notFound('The version');
    const changed = version.id !== course.publishedVersionId;
    if (changed) await makePublic(tx, courseId, version);
    return { ...toPublished(courseId, version), changed };
  });
}

/** Takes a course away from learners. What they have done stays; their progress in it is hidden meanwhile. */
export function unpublishCourse(
  { courseId }: { courseId: string },
  { prisma }: Pick<Deps, 'prisma'>,
): Promise<void> {
  return prisma.$transaction(async (tx) => {
    const course = await lockCourse(tx, courseId);
    if (!course) throw notFound('The course');
    await setPublished(tx, courseId, null);
  });
}

async function makePublic(tx: Tx, courseId: string, version: VersionFacts): Promise<void> {
  await setPublished(tx, courseId, version);
  await fillHoles(tx, courseId);
  await appendEvent(tx, {
    type: 'course.published',
    data: { courseId, version: version.version, publishedAt: new Date().toISOString() },
  });
}

/** The newest version, when it is still the same as the draft. */
async function findReusable(tx: Tx, course: LockedCourse): Promise<VersionFacts | null> {
  const out = course.publishedVersionId ? await findVersionById(tx, course.publishedVersionId) : null;
  const newest = await findVersion(tx, course.id, course.latestVersion);
  for (const version of [out, newest])
    if (version?.contentHash === course.contentHash && !(await mediaDiffer(tx, course.id, version.id)))
      return version;
  return null;
}

function checkPublishable(draft: StoredDraft, missing: NamedMedia[], allowMissingMedia: boolean): void {
  if (lessonsOf(draft).every(({ exercises }) => exercises.length === 0))
    throw new AppError('course_not_publishable', 'The course has no exercise.');
  if (allowMissingMedia) return;
  const paths = new Set(missing.map(({ path }) => path));
  const silent = neededAudio(draft).filter(({ path }) => paths.has(path));
  if (silent.length === 0) return;
  throw new AppError(
    'course_not_publishable',
    `${silent.length} exercises cannot be answered: their audio is missing. Attach it, or send allowMissingMedia: true.`,
    {
      errors: silent
        .slice(0, 50)
        .map(({ path, sourceKey }) => ({ path, message: `is missing, exercise ${sourceKey} needs it` })),
    },
  );
}

function toPublished(courseId: string, version: VersionFacts): Omit<Published, 'changed'> {
  return {
    courseId,
    version: version.version,
    versionId: version.id,
    contentHash: version.contentHash,
    publishedAt: version.publishedAt.toISOString(),
  };
}
