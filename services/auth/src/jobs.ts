import type { Jobs, Schedules } from '@lms/service';
import type { Deps } from './deps.ts';
import { mailPasswordChanged, mailPasswordReset, mailVerification } from './emails/mail-jobs.ts';
import { checkErasures } from './erasures/check-erasures.ts';
import { cleanUpSessions } from './sessions/clean-up-sessions.ts';

/** Every job of the service, by name. */
export const jobs = {
  mail_verification: mailVerification,
  mail_password_reset: mailPasswordReset,
  mail_password_changed: mailPasswordChanged,
  clean_up_sessions: (_payload, deps, { signal }) => cleanUpSessions(deps, signal),
  check_erasures: (_payload, deps) => checkErasures(deps),
} satisfies Jobs<Deps>;

/** Cron, in UTC: minute hour day month weekday. */
export const schedules: Schedules<typeof jobs> = {
  clean_up_sessions: '17 * * * *',
  check_erasures: '47 * * * *',
};
