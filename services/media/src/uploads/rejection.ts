import { AppError } from '@lms/errors';
import type { RejectReason } from '../assets/asset.ts';

const differences: Record<RejectReason, { path: string; message: string }> = {
  size: { path: 'sizeBytes', message: 'the file has another size' },
  checksum: { path: 'checksumSha256', message: 'the file has another SHA-256 checksum' },
  content_type: { path: 'contentType', message: 'the file has another type' },
  duration: { path: 'duration', message: 'the recording is longer than 5 minutes' },
  unreadable: { path: 'contentType', message: 'the audio in the file cannot be read' },
};

/** The answer for an upload that is not what was declared; its file is gone, so begin a new upload. */
export function rejection(reason: RejectReason): AppError {
  const difference = differences[reason];
  return new AppError('upload_mismatch', `The upload was rejected: ${difference.message}.`, {
    errors: [difference],
  });
}
