import { enqueueJob } from '@lms/jobs';
import { serviceName, type Tx } from '../deps.ts';
import { insertJob, type NewGradingJob } from './job-store.ts';

/** After this long without a try a queued job is looked for: see `resumeGrading`. */
const overdueAfterMs = 300_000;

/** When a job that is to run at `runAt` is overdue. */
export const overdueAt = (runAt: Date) => new Date(runAt.getTime() + overdueAfterMs);

/** Adds a job and lets it run; false when its submission has one already. */
export async function addGrading(tx: Tx, job: Omit<NewGradingJob, 'leaseUntil'>): Promise<boolean> {
  if (!(await insertJob(tx, { ...job, leaseUntil: overdueAt(new Date()) }))) return false;
  await enqueueGrading(tx, job.id);
  return true;
}

/** At most one run of a job waits at a time. */
export async function enqueueGrading(tx: Tx, jobId: string, runAt?: Date): Promise<void> {
  await enqueueJob(tx, serviceName, {
    name: 'grade',
    payload: { jobId },
    jobKey: `grade:${jobId}`,
    ...(runAt ? { runAt } : {}),
  });
}
