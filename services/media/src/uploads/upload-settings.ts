import type { Config } from '@lms/config';
import type { mediaVariables } from '../config.ts';
import type { UploadQuota } from './check-quota.ts';

/** An editor who fills a course uploads hundreds of files in a row. */
export const uploadRateLimit = { name: 'media-uploads', limit: 1_200, windowSeconds: 60 };

/** Times and limits of uploads. */
export interface UploadSettings {
  /** Life of a signed upload URL. */
  urlSeconds: number;
  /** After the URL has expired a slow upload may still be running; only then is a key surely quiet. */
  quietAfterSeconds: number;
  /** An upload not completed this long after its URL expired is given up. */
  completeWithinSeconds: number;
  /** How long a rejected upload can still tell why. */
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
