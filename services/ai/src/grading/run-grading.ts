import { AppError } from '@lms/errors';
import { appendEvent } from '@lms/events';
import type { Deps, Tx } from '../deps.ts';
import { isErased, lockUser } from '../erasures/erasure-store.ts';
import type { Feedback } from '../feedback/feedback.ts';
import { isWorthRetrying } from '../providers/index.ts';
import { storable } from '../text/storable.ts';
import { enqueueGrading, overdueAt } from './enqueue-grading.ts';
import { type GradeDeps, grade } from './grade.ts';
import { claimGrading, type Grading, markDone, markFailed, markQueued } from './grading-store.ts';

/**
 * Job: grades a piece of work exactly once. Its row changes to done or failed in the transaction that appends the
 * event, so concurrent and repeated runs have a single result. `jobId` is the grading's id, under the name that it
 * has in payloads, events and the API.
 */
export async function runGrading(
  { jobId }: { jobId: string },
  deps: GradeDeps,
  stopping: AbortSignal,
): Promise<void> {
  const { prisma, grading: settings } = deps;
  const now = new Date();
  const grading = await claimGrading(prisma, jobId, now, new Date(now.getTime() + settings.leaseMs));
  // The gradings of an erased user are deleted, perhaps not at once.
  if (!grading || (await isErased(prisma, grading.userId))) return;
  // A grading exceeds its attempts only if processes died while they ran it.
  if (grading.attempts > settings.maxAttempts) return fail(grading, 'internal_error', deps);
  try {
    const signal = AbortSignal.any([stopping, AbortSignal.timeout(settings.timeoutMs)]);
    const feedback = storable(await grade(grading, deps, signal));
    await finish(grading, feedback, deps);
  } catch (error) {
    if (stopping.aborted) {
      // The attempt does not count, because another process makes it at once.
      await putBack(grading, { attempts: grading.attempts - 1, runAt: new Date() }, prisma);
      return;
    }
    if (isWorthRetrying(error) && grading.attempts < settings.maxAttempts) {
      await attemptLater(grading, error, deps);
      return;
    }
    await fail(grading, error instanceof AppError ? error.code : 'internal_error', deps, error);
  }
}

async function finish(
  grading: Grading,
  feedback: Feedback,
  { prisma, aiMetrics }: Pick<Deps, 'prisma' | 'aiMetrics'>,
): Promise<void> {
  const finishedAt = new Date();
  const done = await prisma.$transaction(async (tx) => {
    await lockUser(tx, grading.userId);
    if (await isErased(tx, grading.userId)) return false;
    if (!(await markDone(tx, grading, feedback, finishedAt))) return false;
    if (grading.submissionId) await appendFeedback(tx, grading, grading.submissionId, feedback, finishedAt);
    return true;
  });
  if (done) aiMetrics.finished(grading.kind, 'done');
}

/** The feedback has the same id as its grading, because a grading has one feedback. */
function appendFeedback(
  tx: Tx,
  { id, userId, kind }: Grading,
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

async function attemptLater(
  grading: Grading,
  error: unknown,
  { prisma, grading: settings, log }: Pick<Deps, 'prisma' | 'grading' | 'log'>,
): Promise<void> {
  const waitMs = Math.min(settings.firstDelayMs * 2 ** (grading.attempts - 1), settings.maxDelayMs);
  const askedMs = error instanceof AppError ? (error.retryAfterSeconds ?? 0) * 1_000 : 0;
  const runAt = new Date(Date.now() + Math.max(waitMs, askedMs));
  log.warn(
    { err: error, gradingId: grading.id, attempt: grading.attempts, runAt },
    'grading failed and will be retried',
  );
  await putBack(grading, { attempts: grading.attempts, runAt }, prisma);
}

async function putBack(
  grading: Grading,
  { attempts, runAt }: { attempts: number; runAt: Date },
  prisma: Deps['prisma'],
): Promise<void> {
  await prisma.$transaction(async (tx) => {
    if (!(await markQueued(tx, grading, { attempts, leaseUntil: overdueAt(runAt) }))) return;
    await enqueueGrading(tx, grading.id, runAt);
  });
}

async function fail(
  grading: Grading,
  code: string,
  { prisma, aiMetrics, log }: Pick<Deps, 'prisma' | 'aiMetrics' | 'log'>,
  error?: unknown,
): Promise<void> {
  const { id: gradingId, userId, submissionId } = grading;
  const failedAt = new Date();
  const failed = await prisma.$transaction(async (tx) => {
    await lockUser(tx, userId);
    if (await isErased(tx, userId)) return false;
    if (!(await markFailed(tx, grading, code, failedAt))) return false;
    await appendEvent(tx, {
      type: 'job.failed',
      data: { jobId: gradingId, submissionId, userId, code, failedAt: failedAt.toISOString() },
    });
    return true;
  });
  if (!failed) return;
  aiMetrics.finished(grading.kind, code);
  log.warn({ err: error, gradingId, code, attempts: grading.attempts }, 'grading failed for good');
}
