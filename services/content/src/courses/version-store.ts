import { v7 as uuidv7 } from 'uuid';
import type { Tx } from '../deps.ts';
import { searchTextOf } from './draft-store.ts';
import { lessonsOf } from './load-draft-store.ts';
import type { StoredDraft } from './stored-draft.ts';
import { documentOf, outlineOf } from './version-content.ts';

export interface LockedCourse {
  id: string;
  contentHash: string;
  publishedVersionId: string | null;
  latestVersion: number;
}

/**
 * Locks a course, which serialises changes to its versions; null if it does not exist. Learners can enrol without
 * waiting for the lock.
 */
export async function lockCourse(tx: Tx, courseId: string): Promise<LockedCourse | null> {
  const [course] = await tx.$queryRawUnsafe<LockedCourse[]>(
    `SELECT id::text, content_hash AS "contentHash", published_version_id::text AS "publishedVersionId",
       latest_version AS "latestVersion" FROM courses WHERE id = $1::uuid FOR NO KEY UPDATE`,
    courseId,
  );
  return course ?? null;
}

export interface VersionFacts {
  id: string;
  version: number;
  contentHash: string;
  publishedAt: Date;
}

const facts = { id: true, version: true, contentHash: true, publishedAt: true } as const;

/** A version that can be published; null if it does not exist or was retired. */
export function findVersion(tx: Tx, courseId: string, version: number): Promise<VersionFacts | null> {
  return tx.courseVersion.findUnique({
    where: { courseId_version: { courseId, version }, retiredAt: null },
    select: facts,
  });
}

export function findVersionById(tx: Tx, id: string): Promise<VersionFacts | null> {
  return tx.courseVersion.findUnique({ where: { id }, select: facts });
}

/** Versions of a course that can be published, the newest first. */
export function listVersionsOf(
  tx: Tx,
  query: { courseId: string; before: number | undefined; limit: number },
): Promise<VersionFacts[]> {
  return tx.courseVersion.findMany({
    where: {
      courseId: query.courseId,
      retiredAt: null,
      ...(query.before === undefined ? {} : { version: { lt: query.before } }),
    },
    orderBy: { version: 'desc' },
    take: query.limit,
    select: facts,
  });
}

/** Copies the draft into a version that never changes afterwards. The course must be locked. */
export async function insertVersion(
  tx: Tx,
  draft: StoredDraft,
  { version, userId }: { version: number; userId: string },
): Promise<VersionFacts> {
  const { id: courseId, contentHash, slug, language, forLanguage, title, description } = draft;
  const lessons = lessonsOf(draft);
  const created = await tx.courseVersion.create({
    data: {
      id: uuidv7(),
      courseId,
      version,
      contentHash,
      slug,
      language,
      forLanguage,
      level: draft.level ?? null,
      title,
      description,
      ...(draft.license ? { license: draft.license } : {}),
      ...(draft.specialCharacters ? { specialCharacters: draft.specialCharacters } : {}),
      attribution: draft.attribution ?? null,
      searchText: searchTextOf(draft),
      outline: outlineOf(draft) as never,
      lessonCount: lessons.length,
      publishedBy: userId,
    },
    select: facts,
  });
  const rows = draft.units.flatMap((unit) =>
    unit.lessons.map((lesson, position) => ({
      lesson_id: lesson.id,
      unit_id: unit.id,
      position,
      exercise_count: lesson.exercises.length,
      document: documentOf(lesson),
    })),
  );
  await tx.$executeRawUnsafe(
    `INSERT INTO version_lessons (version_id, lesson_id, unit_id, position, exercise_count, document)
     SELECT $1::uuid, lesson_id, unit_id, position, exercise_count, document FROM jsonb_to_recordset($2::jsonb)
       AS t(lesson_id uuid, unit_id uuid, position int, exercise_count int, document jsonb)`,
    created.id,
    JSON.stringify(rows),
  );
  await tx.$executeRawUnsafe(
    `INSERT INTO version_exercises (version_id, exercise_id, lesson_id, position, kind, content)
     SELECT $1::uuid, id, lesson_id, position, kind, content FROM exercises WHERE course_id = $2::uuid`,
    created.id,
    courseId,
  );
  await tx.$executeRawUnsafe(
    `INSERT INTO version_media (version_id, path, asset_id)
     SELECT $1::uuid, path, asset_id FROM course_media WHERE course_id = $2::uuid`,
    created.id,
    courseId,
  );
  return created;
}

/** Sets the published version, or none if null. The course must be locked. */
export async function setPublished(tx: Tx, courseId: string, version: VersionFacts | null): Promise<void> {
  await tx.$executeRawUnsafe(
    `UPDATE courses SET published_version_id = $2::uuid, latest_version = greatest(latest_version, $3::int),
       updated_at = now() WHERE id = $1::uuid`,
    courseId,
    version?.id ?? null,
    version?.version ?? null,
  );
}
