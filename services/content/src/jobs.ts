import type { JobHandler } from '@lms/jobs';
import type { Deps } from './deps.ts';
import { deleteExpiredKeys } from './retention/delete-expired-keys.ts';

/** Cron, in UTC: minute hour day month weekday. */
export const schedules = { delete_expired_keys: '17 * * * *' };

/** Every job of the service, by name. */
export function createJobs(deps: Deps): Record<string, JobHandler<never>> {
  return {
    delete_expired_keys: () => deleteExpiredKeys(deps),
  };
}
