import type { Config } from '@lms/config';
import type { mediaVariables } from '../config.ts';
import type { UploadQuota } from './check-quota.ts';

/** An editor who fills a course uploads hundreds of files in a row. */
export const uploadRateLimit = { name: 'media-uploads', limit: 1_200, windowSeconds: 60 };

/** Times and limits of uploads. */
export interface UploadSettings {
  /** Lifetime of a signed upload URL. */
  urlSeconds: number;
  /** A slow upload may still be running after its URL has expired; after this time nothing more can arrive. */
  quietAfterSeconds: number;
  /** An upload that is not completed this long after its URL expired is abandoned. */
  completeWithinSeconds: number;
  /** How long the reason for a rejected upload is kept. */
  rejectedKeptSeconds: number;
  quota: UploadQuota;
}

export function uploadSettings(config: Config<typeof mediaVariables>): UploadSettings {
  return {
    urlSeconds: 15 * 60,
    quietAfterSeconds: 10 * 60,
    completeWithinSeconds: 60 * 60,
    rejectedKeptSeconds: 24 * 60 * 60,
    quota: {
      maxPendingUploads: config.MEDIA_MAX_PENDING_UPLOADS,
      maxPendingBytes: config.MEDIA_MAX_PENDING_BYTES,
      personalFilesPerDay: config.MEDIA_PERSONAL_FILES_PER_DAY,
      personalBytesPerDay: config.MEDIA_PERSONAL_BYTES_PER_DAY,
    },
  };
}
