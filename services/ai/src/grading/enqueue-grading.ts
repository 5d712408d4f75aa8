import { enqueueJob } from '@lms/jobs';
import { serviceName, type Tx } from '../deps.ts';
import { insertGrading, type NewGrading } from './grading-store.ts';

/** A queued grading without an attempt for this long counts as lost: see `resumeGrading`. */
const overdueAfterMs = 300_000;

/** When a grading that is to run at `runAt` is overdue. */
export const overdueAt = (runAt: Date) => new Date(runAt.getTime() + overdueAfterMs);

/** Adds a grading and enqueues its run; false if its submission already has one. */
export async function addGrading(tx: Tx, grading: Omit<NewGrading, 'leaseUntil'>): Promise<boolean> {
  if (!(await insertGrading(tx, { ...grading, leaseUntil: overdueAt(new Date()) }))) return false;
  await enqueueGrading(tx, grading.id);
  return true;
}

/** Enqueues a run of a grading; at most one is waiting at a time. */
export async function enqueueGrading(tx: Tx, gradingId: string, runAt?: Date): Promise<void> {
  await enqueueJob(tx, serviceName, {
    name: 'grade',
    payload: { jobId: gradingId },
    jobKey: `grade:${gradingId}`,
    ...(runAt ? { runAt } : {}),
  });
}
