import { AppError } from '@lms/errors';

/** How much a user may upload. */
export interface UploadQuota {
  maxPendingUploads: number;
  maxPendingBytes: number;
  personalFilesPerDay: number;
  personalBytesPerDay: number;
}

export interface UploadUse {
  /** Uploads started but not completed whose URL is still valid, without the new one. */
  pendingUploads: number;
  pendingBytes: number;
  /** Avatars and recordings of this day, including the new one. */
  personalFiles: number;
  personalBytes: number;
}

/** Throws AppError `quota_exceeded` if one more upload of `sizeBytes` exceeds the quota. */
export function checkQuota(quota: UploadQuota, use: UploadUse, sizeBytes: number): void {
  if (
    use.pendingUploads + 1 > quota.maxPendingUploads ||
    use.pendingBytes + sizeBytes > quota.maxPendingBytes
  ) {
    throw new AppError('quota_exceeded', 'Too many uploads are in progress. Complete them first.');
  }
  if (use.personalFiles > quota.personalFilesPerDay || use.personalBytes > quota.personalBytesPerDay) {
    throw new AppError('quota_exceeded', 'You have reached the upload limit for today. Try again tomorrow.');
  }
}
