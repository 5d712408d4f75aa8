import { setTimeout as sleep } from 'node:timers/promises';
import type { Deps } from '../deps.ts';
import { getOwnGrading } from './get-own-grading.ts';
import type { Grading } from './grading-store.ts';

const firstLookMs = 30;
const slowestLookMs = 250;

/**
 * Reads a grading of the caller as soon as it has ended, but no later than after `answerWithinMs` or when the
 * client disconnects.
 */
export async function waitForGrading(
  { gradingId, userId, signal }: { gradingId: string; userId: string; signal: AbortSignal },
  deps: Pick<Deps, 'prisma' | 'grading'>,
): Promise<Grading> {
  const until = Date.now() + deps.grading.answerWithinMs;
  for (let waitMs = firstLookMs; ; waitMs = Math.min(waitMs * 1.5, slowestLookMs)) {
    const grading = await getOwnGrading({ gradingId, userId }, deps);
    if (grading.finishedAt || signal.aborted || Date.now() + waitMs > until) return grading;
    await sleep(waitMs, undefined, { signal }).catch(() => undefined);
  }
}
