import { AppError } from '@lms/errors';
import type { Caller } from '@lms/http';
import { runIdempotently } from '@lms/postgres';
import { v7 as uuidv7 } from 'uuid';
import type { Deps, Tx } from '../deps.ts';
import { lockUser, refuseErased } from '../erasures/erasure-store.ts';
import { checkBudget } from '../usage/budget.ts';
import { addGrading } from './enqueue-grading.ts';
import { countWaiting, type NewGrading } from './grading-store.ts';

export interface GradingRequest {
  caller: Caller;
  idempotencyKey: string | undefined;
  requestHash: string;
}

/**
 * Adds a grading for a caller and returns its id. A retry with the same Idempotency-Key returns the same id.
 * @throws AppError `budget_exceeded`, or `rate_limited` while too many of the caller's gradings wait.
 */
export async function requestGrading(
  { caller, idempotencyKey, requestHash }: GradingRequest,
  work: Omit<NewGrading, 'id' | 'userId' | 'leaseUntil'>,
  deps: Pick<Deps, 'prisma' | 'budget' | 'grading'>,
): Promise<string> {
  const { userId } = caller;
  const scope = `${userId} POST /ai/${work.kind}-feedback`;
  const add = async (tx: Tx) => {
    await lockUser(tx, userId);
    await refuseErased(tx, userId);
    await checkBudget(tx, userId, deps.budget);
    if ((await countWaiting(tx, userId)) >= deps.grading.maxWaiting) throw tooManyWaiting();
    const id = uuidv7();
    await addGrading(tx, { id, userId, ...work });
    // Stored with the Idempotency-Key, under its name in the API.
    return { jobId: id };
  };
  const { jobId } = await deps.prisma.$transaction((tx) =>
    runIdempotently(tx, { scope, key: idempotencyKey, requestHash }, () => add(tx)),
  );
  return jobId;
}

function tooManyWaiting(): AppError {
  return new AppError(
    'rate_limited',
    'Too many of your submissions are waiting to be graded. Try again later.',
    {
      retryAfterSeconds: 10,
    },
  );
}
