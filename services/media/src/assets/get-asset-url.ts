import { AppError } from '@lms/errors';
import type { Caller } from '@lms/http';
import type { Deps } from '../deps.ts';
import { isLessonPurpose } from './asset.ts';
import { getVisibleAsset } from './get-asset.ts';

const signedUrlSeconds = 5 * 60;

/** Where to read a file: on the CDN for lessons, by a signed URL of five minutes for what is personal. */
export async function getAssetUrl(
  input: { params: { assetId: string }; caller: Caller },
  deps: Pick<Deps, 'prisma' | 'objectStore' | 'publicUrl'>,
): Promise<{ url: string; expiresAt: string | null }> {
  const { key, purpose, status } = await getVisibleAsset(input, deps);
  if (status !== 'ready') throw new AppError('media_missing', 'The upload is not completed.');
  if (isLessonPurpose(purpose)) return { url: `${deps.publicUrl}/${key}`, expiresAt: null };
  const expiresAt = new Date(Date.now() + signedUrlSeconds * 1_000).toISOString();
  return { url: await deps.objectStore.signDownload({ key, expiresInSeconds: signedUrlSeconds }), expiresAt };
}
