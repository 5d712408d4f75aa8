import type { Jobs, Schedules } from '@lms/service';
import { deleteOldRows } from './clean-up.ts';
import type { Deps } from './deps.ts';
import { eraseUser } from './erasures/erase-user.ts';
import { resumeGrading } from './grading/resume-grading.ts';
import { runGrading } from './grading/run-grading.ts';
import { transcribeAhead } from './recordings/transcribe-ahead.ts';

/** Every job of the service, by name. */
export const jobs = {
  grade: (payload: { jobId: string }, deps, { signal }) => runGrading(payload, deps, signal),
  transcribe: (payload: { assetId: string; languageTag: string }, deps, { signal }) =>
    transcribeAhead(payload, deps, signal),
  erase_user: (payload: { userId: string; erasureId: string }, deps, { signal }) =>
    eraseUser(payload, deps, signal),
  resume_grading: (_payload, deps) => resumeGrading(deps),
  clean_up: (_payload, deps, { signal }) => deleteOldRows(deps, signal),
} satisfies Jobs<Deps>;

/** Cron, in UTC: minute hour day month weekday. */
export const schedules: Schedules<typeof jobs> = { resume_grading: '* * * * *', clean_up: '17 * * * *' };
