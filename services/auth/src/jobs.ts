import type { JobHandler } from '@lms/jobs';
import type { Deps } from './deps.ts';
import { mailPasswordChanged, mailPasswordReset, mailVerification } from './emails/mail-jobs.ts';
import { checkErasures } from './erasures/check-erasures.ts';
import { cleanUpSessions } from './sessions/clean-up-sessions.ts';

/** Cron, in UTC: minute hour day month weekday. */
export const schedules = { clean_up_sessions: '17 * * * *', check_erasures: '47 * * * *' };

/** Every job of the service, by name. */
export function createJobs(deps: Deps): Record<string, JobHandler<never>> {
  return {
    mail_verification: (payload: { userId: string }, context) => mailVerification(payload, deps, context),
    mail_password_reset: (payload: { userId: string | null }, context) =>
      mailPasswordReset(payload, deps, context),
    mail_password_changed: (payload: { userId: string }, context) =>
      mailPasswordChanged(payload, deps, context),
    clean_up_sessions: () => cleanUpSessions(deps),
    check_erasures: () => checkErasures(deps),
  };
}
