import type { JobHandler } from '@lms/jobs';
import { removeAsset } from './assets/remove-asset.ts';
import type { Deps } from './deps.ts';
import { eraseUser } from './erasures/erase-user.ts';
import { cleanUpUploads } from './uploads/clean-up-uploads.ts';

/** Cron, in UTC: minute hour day month weekday. */
export const schedules = { clean_up_uploads: '*/10 * * * *' };

/** Every job of the service, by name. */
export function createJobs(deps: Deps): Record<string, JobHandler<never>> {
  return {
    remove_asset: (payload: { assetId: string }) => removeAsset(payload, deps),
    erase_user: (payload: { userId: string }, { signal }) => eraseUser(payload, deps, signal),
    clean_up_uploads: () => cleanUpUploads(deps),
  };
}
