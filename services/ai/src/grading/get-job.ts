import { setTimeout as sleep } from 'node:timers/promises';
import { notFound } from '@lms/errors';
import type { Deps } from '../deps.ts';
import { findJob, type GradingJob } from './job-store.ts';

const firstLookMs = 30;
const slowestLookMs = 250;

/** A job of the caller's own. @throws AppError `not_found`, for somebody else's too. */
export async function getOwnJob(
  { jobId, userId }: { jobId: string; userId: string },
  { prisma }: Pick<Deps, 'prisma'>,
): Promise<GradingJob> {
  const job = await findJob(prisma, jobId);
  if (job?.userId !== userId) throw notFound('The job');
  return job;
}

/** The same, once it has ended, or as it is after `answerWithinMs`, or when the client has gone. */
export async function waitForJob(
  { jobId, userId, signal }: { jobId: string; userId: string; signal: AbortSignal },
  deps: Pick<Deps, 'prisma' | 'grading'>,
): Promise<GradingJob> {
  const until = Date.now() + deps.grading.answerWithinMs;
  for (let waitMs = firstLookMs; ; waitMs = Math.min(waitMs * 1.5, slowestLookMs)) {
    const job = await getOwnJob({ jobId, userId }, deps);
    if (job.finishedAt || signal.aborted || Date.now() + waitMs > until) return job;
    await sleep(waitMs, undefined, { signal }).catch(() => undefined);
  }
}
