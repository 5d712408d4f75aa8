import type { Tx } from '../deps.ts';
import type { Feedback } from '../feedback/feedback.ts';
import type { GradingJob as JobRow, Prisma } from '../generated/prisma/client.ts';

export type JobKind = 'writing' | 'speaking';
export type JobStatus = 'queued' | 'running' | 'done' | 'failed';
export type GradingJob = Omit<JobRow, 'kind' | 'status' | 'feedback'> & {
  kind: JobKind;
  status: JobStatus;
  feedback: Feedback | null;
};
export type NewGradingJob = Pick<GradingJob, 'id' | 'userId' | 'kind' | 'languageTag' | 'leaseUntil'> &
  Partial<Pick<GradingJob, 'submissionId' | 'level' | 'prompt' | 'expectedText' | 'text' | 'assetId'>>;

/** Adds a job; false when there is one for the same submission. */
export async function insertJob(tx: Tx, job: NewGradingJob): Promise<boolean> {
  const { count } = await tx.gradingJob.createMany({ data: [job], skipDuplicates: true });
  return count === 1;
}

export async function findJob(tx: Tx, id: string): Promise<GradingJob | null> {
  const row = await tx.gradingJob.findUnique({ where: { id } });
  return row && fromRow(row);
}

/** Unfinished jobs of a user. */
export async function countWaiting(tx: Tx, userId: string): Promise<number> {
  return tx.gradingJob.count({ where: { userId, finishedAt: null } });
}

/** The language a user was graded in last; null for a new learner. */
export async function findLastLanguage(tx: Tx, userId: string): Promise<string | null> {
  const job = await tx.gradingJob.findFirst({
    where: { userId },
    orderBy: { createdAt: 'desc' },
    select: { languageTag: true },
  });
  return job?.languageTag ?? null;
}

/** Takes a job that waits, or whose process has died; null when it is done, gone or somebody else's. */
export async function claimJob(tx: Tx, id: string, now: Date, leaseUntil: Date): Promise<GradingJob | null> {
  const [row] = await tx.gradingJob.updateManyAndReturn({
    where: { id, OR: [{ status: 'queued' }, { status: 'running', leaseUntil: { lt: now } }] },
    data: { status: 'running', attempts: { increment: 1 }, leaseUntil },
  });
  return row ? fromRow(row) : null;
}

/** The try that this process runs: `attempts` tells it from a later one that took the job over. */
type Try = Pick<GradingJob, 'id' | 'attempts'>;
const ofTry = ({ id, attempts }: Try) => ({ id, attempts, status: 'running' });

/** Ends a job with its feedback and forgets the learner's text; false when it is not this try's any more. */
export async function markDone(tx: Tx, job: Try, feedback: Feedback, finishedAt: Date): Promise<boolean> {
  const json = feedback as unknown as Prisma.InputJsonObject;
  const { count } = await tx.gradingJob.updateMany({
    where: ofTry(job),
    data: { status: 'done', feedback: json, text: null, finishedAt },
  });
  return count === 1;
}

/** Ends a job with the code of its failure; false when it is not this try's any more. */
export async function markFailed(tx: Tx, job: Try, code: string, finishedAt: Date): Promise<boolean> {
  const { count } = await tx.gradingJob.updateMany({
    where: ofTry(job),
    data: { status: 'failed', code, text: null, finishedAt },
  });
  return count === 1;
}

/** Puts a job back to wait; `attempts` is what it has had then. */
export async function markQueued(
  tx: Tx,
  job: Try,
  next: { attempts: number; leaseUntil: Date },
): Promise<boolean> {
  const { count } = await tx.gradingJob.updateMany({
    where: ofTry(job),
    data: { status: 'queued', ...next },
  });
  return count === 1;
}

/** Jobs that should have been taken or ended by now, the oldest first. */
export async function listOverdue(tx: Tx, now: Date, limit: number): Promise<string[]> {
  const rows = await tx.gradingJob.findMany({
    where: { finishedAt: null, leaseUntil: { lt: now } },
    orderBy: { leaseUntil: 'asc' },
    take: limit,
    select: { id: true },
  });
  return rows.map(({ id }) => id);
}

export async function deleteJobsOf(tx: Tx, userId: string): Promise<void> {
  await tx.gradingJob.deleteMany({ where: { userId } });
}

/** @returns the number deleted. */
export async function deleteOldJobs(tx: Tx, before: Date): Promise<number> {
  const { count } = await tx.gradingJob.deleteMany({ where: { finishedAt: { lt: before } } });
  return count;
}

function fromRow(row: JobRow): GradingJob {
  return {
    ...row,
    kind: row.kind as JobKind,
    status: row.status as JobStatus,
    feedback: row.feedback as Feedback | null,
  };
}
