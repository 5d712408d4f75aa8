import type { Jobs, Schedules } from '@lms/service';
import { retireVersions } from './courses/retire-versions.ts';
import type { Deps } from './deps.ts';
import { recountWeeks } from './leaderboards/recount-weeks.ts';
import { eraseLearner } from './learners/erase-learner.ts';
import { deleteExpiredKeys } from './retention/delete-expired-keys.ts';
import { deleteOldWeeks } from './retention/delete-old-weeks.ts';

/** Every job of the service, by name. */
export const jobs = {
  erase_learner: (payload: { userId: string; erasureId: string }, deps, { signal }) =>
    eraseLearner(payload, deps, signal),
  delete_expired_keys: (_payload, deps) => deleteExpiredKeys(deps),
  delete_old_weeks: (_payload, deps, { signal }) => deleteOldWeeks(deps, signal),
  retire_versions: (_payload, deps, { signal }) => retireVersions(deps, signal),
  recount_weeks: (_payload, deps) => recountWeeks(deps),
} satisfies Jobs<Deps>;

/** Cron, in UTC: minute hour day month weekday. */
export const schedules: Schedules<typeof jobs> = {
  delete_expired_keys: '17 * * * *',
  delete_old_weeks: '37 3 * * *',
  retire_versions: '27 2 * * *',
  recount_weeks: '7 4 * * *',
};
