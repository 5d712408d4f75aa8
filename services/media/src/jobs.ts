import type { Jobs, Schedules } from '@lms/service';
import { removeAsset } from './assets/remove-asset.ts';
import type { Deps } from './deps.ts';
import { eraseUser } from './erasures/erase-user.ts';
import { cleanUpUploads } from './uploads/clean-up-uploads.ts';

/** Every job of the service, by name. */
export const jobs = {
  remove_asset: removeAsset,
  erase_user: (payload: { userId: string }, deps, { signal }) => eraseUser(payload, deps, signal),
  clean_up_uploads: (_payload, deps, { signal }) => cleanUpUploads(deps, signal),
} satisfies Jobs<Deps>;

/** Cron, in UTC: minute hour day month weekday. */
export const schedules: Schedules<typeof jobs> = { clean_up_uploads: '*/10 * * * *' };
