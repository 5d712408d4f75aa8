import type { Jobs, Schedules } from '@lms/service';
import type { Deps } from './deps.ts';
import { recountWeeks } from './leaderboards/recount-weeks.ts';
import { deleteExpiredKeys } from './retention/delete-expired-keys.ts';
import { deleteOldWeeks } from './retention/delete-old-weeks.ts';

/** Every job of the service, by name. */
export const jobs = {
  delete_expired_keys: (_payload, deps) => deleteExpiredKeys(deps),
  delete_old_weeks: (_payload, deps, { signal }) => deleteOldWeeks(deps, signal),
  recount_weeks: (_payload, deps) => recountWeeks(deps),
} satisfies Jobs<Deps>;

/** Cron, in UTC: minute hour day month weekday. */
export const schedules: Schedules<typeof jobs> = {
  delete_expired_keys: '17 * * * *',
  delete_old_weeks: '37 3 * * *',
  recount_weeks: '7 4 * * *',
};
