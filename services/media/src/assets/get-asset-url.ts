import { AppError } from '@lms/errors';
import { defineRoute } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { isLessonPurpose } from './asset.ts';
import { getVisibleAsset } from './get-visible-asset.ts';

const signedUrlSeconds = 5 * 60;

/** Lesson files have a URL on the CDN; personal files have a signed URL that is valid for five minutes. */
export const getAssetUrl = defineRoute({
  method: 'get',
  path: '/media/{assetId}/url',
  summary: 'Get a URL for reading the file',
  tag: 'Media',
  auth: 'user',
  input: { params: z.object({ assetId: z.uuid() }) },
  /** `expiresAt` is null for files of lessons: they are public on the CDN and never change. */
  output: { status: 200, body: z.object({ url: z.url(), expiresAt: z.iso.datetime().nullable() }) },
  errors: ['not_found', 'media_missing'],
  handler: async (input, deps: Pick<Deps, 'prisma' | 'objectStore' | 'publicUrl'>) => {
    const { key, purpose, status } = await getVisibleAsset(input, deps);
    if (status !== 'ready') throw new AppError('media_missing', 'The upload is not complete.');
    if (isLessonPurpose(purpose)) return { url: `${deps.publicUrl}/${key}`, expiresAt: null };
    const expiresAt = new Date(Date.now() + signedUrlSeconds * 1_000).toISOString();
    return {
      url: await deps.objectStore.signDownload({ key, expiresInSeconds: signedUrlSeconds }),
      expiresAt,
    };
  },
});
