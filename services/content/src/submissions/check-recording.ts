import { AppError } from '@lms/errors';
import type { SqlTransaction } from '@lms/postgres';
import { findAssets } from '../media/media-assets-store.ts';

/**
 * A recording must be the learner's own and checked by the media service. The recording of another user is
 * treated as one that does not exist.
 * @throws AppError `media_missing` if the media service has not reported it yet; right after the upload, try again.
 */
export async function checkRecording(sql: SqlTransaction, userId: string, assetId: string): Promise<void> {
  const recording = (await findAssets(sql, [assetId])).get(assetId);
  if (!recording || recording.ownerId !== userId)
    throw new AppError(
      'media_missing',
      'The recording is not available yet. Complete its upload and try again.',
      {
        errors: [{ path: 'body.answer.assetId', message: 'is not a completed upload of the caller' }],
        retryAfterSeconds: 1,
      },
    );
  const refuse = (message: string) =>
    new AppError('validation_failed', 'This file cannot be submitted.', {
      errors: [{ path: 'body.answer.assetId', message }],
    });
  if (recording.purpose !== 'recording') throw refuse('is not an upload with purpose recording');
  if (recording.status !== 'ready') throw refuse(`was ${recording.status}`);
}
