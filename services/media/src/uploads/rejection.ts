import { AppError } from '@lms/errors';
import type { RejectReason } from '../assets/asset.ts';

const differences: Record<RejectReason, { path: string; message: string }> = {
  size: { path: 'sizeBytes', message: 'the file has a different size' },
  checksum: { path: 'checksumSha256', message: 'the file has a different SHA-256 checksum' },
  content_type: { path: 'contentType', message: 'the file has a different type' },
  duration: { path: 'duration', message: 'the recording is longer than 5 minutes' },
  unreadable: { path: 'contentType', message: 'the audio in the file cannot be read' },
};

/** The error for an upload that does not match its declaration; its file is deleted, so a new upload is needed. */
export function rejection(reason: RejectReason): AppError {
  const difference = differences[reason];
  return new AppError('upload_mismatch', `The upload was rejected: ${difference.message}.`, {
    errors: [difference],
  });
}
