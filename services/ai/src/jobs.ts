import type { JobHandler } from '@lms/jobs';
import { cleanUp } from './clean-up.ts';
import type { Deps } from './deps.ts';
import { resumeGrading } from './grading/resume-grading.ts';
import { runGrading } from './grading/run-grading.ts';
import { transcribeAhead } from './recordings/transcribe-ahead.ts';

/** Cron, in UTC: minute hour day month weekday. */
export const schedules = { resume_grading: '* * * * *', clean_up: '17 * * * *' };

/** Every job of the service, by name. */
export function createJobs(deps: Deps): Record<string, JobHandler<never>> {
  return {
    grade: (payload: { jobId: string }, { signal }) => runGrading(payload, deps, signal),
    transcribe: (payload: { assetId: string; languageTag: string }, { signal }) =>
      transcribeAhead(payload, deps, signal),
    resume_grading: () => resumeGrading(deps),
    clean_up: () => cleanUp(deps),
  };
}
