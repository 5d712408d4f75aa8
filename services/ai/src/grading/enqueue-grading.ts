import { enqueueJob } from '@lms/jobs';
import { serviceName, type Tx } from '../deps.ts';
import { insertGrading, type NewGrading } from './grading-store.ts';

/** After this long without an attempt a queued grading is looked for: see `resumeGrading`. */
const overdueAfterMs = 300_000;

/** When a grading that is to run at `runAt` is overdue. */
export const overdueAt = (runAt: Date) => new Date(runAt.getTime() + overdueAfterMs);

/** Adds a grading and lets it run; false when its submission has one already. */
export async function addGrading(tx: Tx, grading: Omit<NewGrading, 'leaseUntil'>): Promise<boolean> {
  if (!(await insertGrading(tx, { ...grading, leaseUntil: overdueAt(new Date()) }))) return false;
  await enqueueGrading(tx, grading.id);
  return true;
}

/** At most one run of a grading waits at a time. */
export async function enqueueGrading(tx: Tx, gradingId: string, runAt?: Date): Promise<void> {
  await enqueueJob(tx, serviceName, {
    name: 'grade',
    payload: { jobId: gradingId },
    jobKey: `grade:${gradingId}`,
    ...(runAt ? { runAt } : {}),
  });
}
