import type { Jobs, Schedules } from '@lms/service';
import type { Deps } from './deps.ts';
import { deleteExpiredKeys } from './retention/delete-expired-keys.ts';
import { deleteOldWeeks } from './retention/delete-old-weeks.ts';

/** Every job of the service, by name. */
export const jobs = {
  delete_expired_keys: (_payload, deps) => deleteExpiredKeys(deps),
  delete_old_weeks: (_payload, deps) => deleteOldWeeks(deps),
} satisfies Jobs<Deps>;

/** Cron, in UTC: minute hour day month weekday. */
export const schedules: Schedules<typeof jobs> = {
  delete_expired_keys: '17 * * * *',
  delete_old_weeks: '37 3 * * *',
};
