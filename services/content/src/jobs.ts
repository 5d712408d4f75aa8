import type { JobHandler } from '@lms/jobs';
import type { Deps } from './deps.ts';
import { deleteExpiredKeys } from './retention/delete-expired-keys.ts';
import { deleteOldWeeks } from './retention/delete-old-weeks.ts';

/** Cron, in UTC: minute hour day month weekday. */
export const schedules = { delete_expired_keys: '17 * * * *', delete_old_weeks: '37 3 * * *' };

/** Every job of the service, by name. */
export function createJobs(deps: Deps): Record<string, JobHandler<never>> {
  return {
    delete_expired_keys: () => deleteExpiredKeys(deps),
    delete_old_weeks: () => deleteOldWeeks(deps),
  };
}
