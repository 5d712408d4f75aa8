import { AppError } from '@lms/errors';

/** How much a user may upload. */
export interface UploadQuota {
  maxPendingUploads: number;
  maxPendingBytes: number;
  personalFilesPerDay: number;
  personalBytesPerDay: number;
}

export interface UploadUse {
  /** Begun, not completed, and the URL still good; without the new one. */
  pendingUploads: number;
  pendingBytes: number;
  /** Avatars and recordings of this day, the new one among them. */
  personalFiles: number;
  personalBytes: number;
}

/** Throws AppError `quota_exceeded` when one more upload of `sizeBytes` is too much. */
export function checkQuota(quota: UploadQuota, use: UploadUse, sizeBytes: number): void {
  if (
    use.pendingUploads + 1 > quota.maxPendingUploads ||
    use.pendingBytes + sizeBytes > quota.maxPendingBytes
  ) {
    throw new AppError('quota_exceeded', 'Too many uploads are under way. Complete them first.');
  }
  if (use.personalFiles > quota.personalFilesPerDay || use.personalBytes > quota.personalBytesPerDay) {
    throw new AppError('quota_exceeded', 'That is all you can upload today. Try again tomorrow.');
  }
}
