import { AppError } from '@lms/errors';
import { appendEvent } from '@lms/events';
import type { Deps, Tx } from '../deps.ts';
import type { Feedback } from '../feedback/feedback.ts';
import { isWorthRetrying } from '../providers/index.ts';
import { storable } from '../text/storable.ts';
import { enqueueGrading, overdueAt } from './enqueue-grading.ts';
import { type GradeDeps, grade } from './grade.ts';
import { claimJob, type GradingJob, markDone, markFailed, markQueued } from './job-store.ts';

/**
 * Job: grades a piece of work and says so, once: the row of the job changes to done or failed in the
 * transaction of the event, and does so a single time whoever runs it and however often.
 */
export async function runGrading(
  { jobId }: { jobId: string },
  deps: GradeDeps,
  stopping: AbortSignal,
): Promise<void> {
  const { prisma, grading } = deps;
  const now = new Date();
  const job = await claimJob(prisma, jobId, now, new Date(now.getTime() + grading.leaseMs));
  if (!job) return;
  // Only processes that died in the middle leave a job with more tries than it may have.
  if (job.attempts > grading.maxAttempts) return fail(job, 'internal_error', deps);
  try {
    const signal = AbortSignal.any([stopping, AbortSignal.timeout(grading.timeoutMs)]);
    const feedback = storable(await grade(job, deps, signal));
    await finish(job, feedback, deps);
  } catch (error) {
    if (stopping.aborted) {
      // The try does not count: it is made elsewhere at once.
      await putBack(job, { attempts: job.attempts - 1, runAt: new Date() }, prisma);
      return;
    }
    if (isWorthRetrying(error) && job.attempts < grading.maxAttempts) {
      await tryLater(job, error, deps);
      return;
    }
    await fail(job, error instanceof AppError ? error.code : 'internal_error', deps, error);
  }
}

async function finish(
  job: GradingJob,
  feedback: Feedback,
  { prisma, aiMetrics }: Pick<Deps, 'prisma' | 'aiMetrics'>,
): Promise<void> {
  const finishedAt = new Date();
  const done = await prisma.$transaction(async (tx) => {
    if (!(await markDone(tx, job, feedback, finishedAt))) return false;
    if (job.submissionId) await appendFeedback(tx, job, job.submissionId, feedback, finishedAt);
    return true;
  });
  if (done) aiMetrics.finished(job.kind, 'done');
}

/** The job's id is the feedback's: a job has one feedback. */
function appendFeedback(
  tx: Tx,
  { id, userId, kind }: GradingJob,
  submissionId: string,
  feedback: Feedback,
  finishedAt: Date,
): Promise<string> {
  const { score, provider } = feedback;
  const createdAt = finishedAt.toISOString();
  return appendEvent(tx, {
    type: 'feedback.ready',
    data: { feedbackId: id, submissionId, userId, kind, score, provider, feedback, createdAt },
  });
}

async function tryLater(
  job: GradingJob,
  error: unknown,
  { prisma, grading, log }: Pick<Deps, 'prisma' | 'grading' | 'log'>,
): Promise<void> {
  const waitMs = Math.min(grading.firstDelayMs * 2 ** (job.attempts - 1), grading.maxDelayMs);
  const askedMs = error instanceof AppError ? (error.retryAfterSeconds ?? 0) * 1_000 : 0;
  const runAt = new Date(Date.now() + Math.max(waitMs, askedMs));
  log.warn({ err: error, gradingId: job.id, attempt: job.attempts, runAt }, 'grading failed, tried later');
  await putBack(job, { attempts: job.attempts, runAt }, prisma);
}

async function putBack(
  job: GradingJob,
  { attempts, runAt }: { attempts: number; runAt: Date },
  prisma: Deps['prisma'],
): Promise<void> {
  await prisma.$transaction(async (tx) => {
    if (!(await markQueued(tx, job, { attempts, leaseUntil: overdueAt(runAt) }))) return;
    await enqueueGrading(tx, job.id, runAt);
  });
}

async function fail(
  job: GradingJob,
  code: string,
  { prisma, aiMetrics, log }: Pick<Deps, 'prisma' | 'aiMetrics' | 'log'>,
  error?: unknown,
): Promise<void> {
  const { id: jobId, userId, submissionId } = job;
  const failedAt = new Date();
  const failed = await prisma.$transaction(async (tx) => {
    if (!(await markFailed(tx, job, code, failedAt))) return false;
    await appendEvent(tx, {
      type: 'job.failed',
      data: { jobId, submissionId, userId, code, failedAt: failedAt.toISOString() },
    });
    return true;
  });
  if (!failed) return;
  aiMetrics.finished(job.kind, code);
  log.warn({ err: error, gradingId: jobId, code, attempts: job.attempts }, 'grading failed for good');
}
