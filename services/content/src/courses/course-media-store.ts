import type { SqlTransaction } from '@lms/postgres';
import type { Tx } from '../deps.ts';
import type { PlaceQuestion } from '../shared-reads/published-reads.ts';
import type { NamedMedia } from './version-content.ts';

/** Only lesson files are ever shown from the CDN, whichever id an editor attached. */
const shown = `a.status = 'ready' AND a.purpose IN ('lesson_audio', 'lesson_image') AND a.key LIKE 'lessons/%'`;

/** Bucket keys of the draft's files that can be shown now, by path. */
export async function findDraftMediaKeys(
  tx: Tx,
  courseId: string,
  paths: readonly string[],
): Promise<Map<string, string>> {
  const rows = await tx.$queryRawUnsafe<{ path: string; key: string }[]>(
    `SELECT m.path, a.key FROM course_media m JOIN media_assets a ON a.asset_id = m.asset_id
     WHERE m.course_id = $1::uuid AND m.path = ANY($2::text[]) AND ${shown}`,
    courseId,
    [...new Set(paths)],
  );
  return new Map(rows.map(({ path, key }) => [path, key]));
}

const mediaJson = (versionId: string, paths: string) =>
  `SELECT coalesce(jsonb_object_agg(m.path, a.key), '{}')::text
   FROM version_media m JOIN media_assets a ON a.asset_id = m.asset_id
   WHERE m.version_id = ${versionId} AND m.path = ANY(${paths}) AND ${shown}`;

/** `placeParameters` as rows `q`. */
export const questionRows = 'unnest($1::uuid[], $2::uuid[], $3::text[]) AS q(id, version_id, paths)';

export const placeParameters = (questions: readonly PlaceQuestion[]) => [
  questions.map(({ id }) => id),
  questions.map(({ versionId }) => versionId),
  questions.map(({ paths }) => JSON.stringify(paths)),
];

/** The column `media` of a `PublishedPlace`, for a question `q` about something of the course `c`. */
export const knownMediaJson = `CASE WHEN c.published_version_id = q.version_id
  THEN (${mediaJson('q.version_id', 'ARRAY(SELECT jsonb_array_elements_text(q.paths::jsonb))')}) END AS media`;

/** Bucket keys of a version's files that can be shown now: JSON of an object by path, in one spelling. */
export async function findVersionMedia(
  sql: SqlTransaction,
  versionId: string,
  paths: readonly string[],
): Promise<string> {
  const [row] = await sql.$queryRawUnsafe<{ media: string }[]>(
    `SELECT (${mediaJson('$1::uuid', '$2::text[]')}) AS media`,
    versionId,
    paths,
  );
  return row?.media ?? '{}';
}

/**
 * The named paths without an attached file. A file that was not reported yet counts as attached; a file that was
 * rejected or deleted, or is not a lesson file, does not.
 */
export async function findMissingMedia(
  tx: Tx,
  courseId: string,
  named: readonly NamedMedia[],
): Promise<NamedMedia[]> {
  const rows = await tx.$queryRawUnsafe<{ path: string }[]>(
    `SELECT m.path FROM course_media m LEFT JOIN media_assets a ON a.asset_id = m.asset_id
     WHERE m.course_id = $1::uuid AND (a.asset_id IS NULL OR (${shown}))`,
    courseId,
  );
  const attached = new Set(rows.map(({ path }) => path));
  return named.filter(({ path }) => !attached.has(path));
}

/**
 * Attaches files to paths of the draft and to paths of the published version that have no file. Files of a
 * version are never replaced.
 */
export async function attachFiles(
  tx: Tx,
  courseId: string,
  files: readonly { path: string; assetId: string }[],
): Promise<void> {
  const values = [courseId, files.map(({ path }) => path), files.map(({ assetId }) => assetId)] as const;
  await tx.$executeRawUnsafe(
    `INSERT INTO course_media (course_id, path, asset_id)
     SELECT $1::uuid, path, asset_id FROM unnest($2::text[], $3::uuid[]) AS t(path, asset_id)
     ON CONFLICT (course_id, path) DO UPDATE SET asset_id = EXCLUDED.asset_id, attached_at = now()`,
    ...values,
  );
  await fillHoles(tx, courseId);
}

/** Copies the draft's files to those paths of the published version that have no file to show. */
export async function fillHoles(tx: Tx, courseId: string): Promise<void> {
  await tx.$executeRawUnsafe(
    `INSERT INTO version_media AS vm (version_id, path, asset_id)
     SELECT c.published_version_id, m.path, m.asset_id FROM course_media m JOIN courses c ON c.id = m.course_id
     WHERE m.course_id = $1::uuid AND c.published_version_id IS NOT NULL
     ON CONFLICT (version_id, path) DO UPDATE SET asset_id = EXCLUDED.asset_id
       WHERE EXISTS (SELECT FROM media_assets a WHERE a.asset_id = vm.asset_id AND a.status IN ('rejected', 'deleted'))`,
    courseId,
  );
}

/** Detaches files from paths that the draft no longer names. */
export async function forgetUnnamed(tx: Tx, courseId: string, paths: readonly string[]): Promise<void> {
  await tx.$executeRawUnsafe(
    'DELETE FROM course_media WHERE course_id = $1::uuid AND NOT (path = ANY($2::text[]))',
    courseId,
    paths,
  );
}

/** True if a path of the draft has a different file than in the version. */
export async function mediaDiffer(tx: Tx, courseId: string, versionId: string): Promise<boolean> {
  const [row] = await tx.$queryRawUnsafe<{ differ: boolean }[]>(
    `SELECT EXISTS (SELECT FROM course_media m JOIN version_media vm ON vm.version_id = $2::uuid AND vm.path = m.path
       WHERE m.course_id = $1::uuid AND vm.asset_id <> m.asset_id) AS differ`,
    courseId,
    versionId,
  );
  return row?.differ ?? false;
}
