import { AppError, type FieldError, notFound } from '@lms/errors';
import type { Deps } from '../deps.ts';
import { findAssets, type KnownAsset } from '../media/media-assets-store.ts';
import { attachFiles, findMissingMedia } from './course-media-store.ts';
import { loadDraft } from './load-draft-store.ts';
import { namedMedia } from './version-content.ts';
import { lockCourse } from './version-store.ts';

interface Attachment {
  path: string;
  assetId: string;
}

/**
 * Puts uploaded files behind paths that the draft names. A file that the media service has not told of yet
 * is taken on trust and shown once it has: only files of lessons ever are.
 * @throws AppError `validation_failed` naming what does not fit, and then nothing is attached.
 */
export function attachMedia(
  { courseId, files }: { courseId: string; files: Attachment[] },
  { prisma }: Pick<Deps, 'prisma'>,
): Promise<{ attached: number; missing: number }> {
  return prisma.$transaction(
    async (tx) => {
      const course = await lockCourse(tx, courseId);
      const draft = course && (await loadDraft(tx, courseId));
      if (!draft) throw notFound('The course');
      const named = namedMedia(draft);
      const kinds = new Map(named.map(({ path, kind }) => [path, kind]));
      const assets = await findAssets(
        tx,
        files.map(({ assetId }) => assetId),
      );
      const errors = files.flatMap((file, index) => problemsOf(file, index, { kinds, assets }));
      if (errors.length > 0)
        throw new AppError('validation_failed', 'Some files cannot be attached.', { errors });
      await attachFiles(tx, courseId, files);
      const missing = await findMissingMedia(tx, courseId, named);
      return { attached: files.length, missing: missing.length };
    },
    { maxWait: 5_000, timeout: 20_000 },
  );
}

function problemsOf(
  { path, assetId }: Attachment,
  index: number,
  { kinds, assets }: { kinds: Map<string, 'audio' | 'image'>; assets: Map<string, KnownAsset> },
): FieldError[] {
  const kind = kinds.get(path);
  if (!kind) return [{ path: `body.files.${index}.path`, message: 'is not a path that the course names' }];
  const asset = assets.get(assetId);
  const problem = (message: string) => [{ path: `body.files.${index}.assetId`, message }];
  if (!asset) return [];
  // Whose recording or avatar an id is must not be found out here.
  if (asset.purpose !== `lesson_${kind}`) return problem(`is not an upload with purpose lesson_${kind}`);
  if (asset.status !== 'ready') return problem(`was ${asset.status}`);
  return [];
}
