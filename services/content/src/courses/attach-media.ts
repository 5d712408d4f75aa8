import { AppError, type FieldError, notFound } from '@lms/errors';
import { defineRoute } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { findAssets, type KnownAsset } from '../media/media-assets-store.ts';
import { attachFiles, findMissingMedia } from './course-media-store.ts';
import { courseParams, editing } from './course-requests.ts';
import { loadDraft } from './load-draft-store.ts';
import { namedMedia } from './version-content.ts';
import { lockCourse } from './version-store.ts';

interface Attachment {
  path: string;
  assetId: string;
}

/**
 * Attaches uploaded files to paths that the draft names: all of them, or none if one does not fit. A file that the
 * media service has not reported yet is accepted and shown once it is reported; only lesson files are ever shown.
 */
export const attachMedia = defineRoute({
  method: 'put',
  path: '/courses/{courseId}/media',
  summary: 'Attach uploaded files to paths that the course names',
  ...editing,
  timeoutMs: 30_000,
  input: {
    params: courseParams,
    body: z.strictObject({
      files: z
        .array(z.strictObject({ path: z.string().max(800), assetId: z.uuid() }))
        .min(1)
        .max(500)
        .refine((files) => new Set(files.map(({ path }) => path)).size === files.length, 'has a path twice'),
    }),
  },
  bodyLimitBytes: 500_000,
  output: { status: 200, body: z.object({ attached: z.int(), missing: z.int() }) },
  errors: ['not_found'],
  async handler(
    { params: { courseId }, body: { files } },
    { prisma, shared }: Pick<Deps, 'prisma' | 'shared'>,
  ) {
    const attached = await prisma.$transaction(
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
    shared.forget();
    return attached;
  },
});

function problemsOf(
  { path, assetId }: Attachment,
  index: number,
  { kinds, assets }: { kinds: Map<string, 'audio' | 'image'>; assets: Map<string, KnownAsset> },
): FieldError[] {
  const kind = kinds.get(path);
  if (!kind) return [{ path: `body.files.${index}.path`, message: 'is not a path in the course' }];
  const asset = assets.get(assetId);
  const problem = (message: string) => [{ path: `body.files.${index}.assetId`, message }];
  if (!asset) return [];
  // The response must not reveal who owns the recording or avatar with this id.
  if (asset.purpose !== `lesson_${kind}`) return problem(`is not an upload with purpose lesson_${kind}`);
  if (asset.status !== 'ready') return problem(`was ${asset.status}`);
  return [];
}
