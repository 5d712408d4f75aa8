import { AppError } from '@lms/errors';
import { databaseUnavailable, isSerializationFailure, sqlStateOf } from '@lms/postgres';

/** Attempts for one event: a few at once, then parked with growing waits, then the dead-letter topic. */
export interface RetryPolicy {
  /** Waits between the immediate attempts, in ms; about a second in total, so that the group does not rebalance. */
  inlineDelaysMs: readonly number[];
  /** Number of attempts before the event is dead-lettered. */
  maxAttempts: number;
  /** First wait of a parked event, in ms; doubled after each attempt. */
  parkedDelayMs: number;
  maxParkedDelayMs: number;
}

/** About 15 minutes in all: long enough to roll back a bad deployment. */
export const defaultRetryPolicy: RetryPolicy = {
  inlineDelaysMs: [50, 200],
  maxAttempts: 12,
  parkedDelayMs: 1_000,
  maxParkedDelayMs: 300_000,
};

/**
 * True for failures that the event did not cause: PostgreSQL, Kafka, Redis or the network is down, a
 * deadlock, a dependency that the handler found unavailable. They are retried without limit. A transaction
 * or statement that timed out is not among them: an event whose handler is always too slow would block its
 * partition forever, so it counts as an attempt (and a batch of events is retried in smaller parts).
 */
export function isTransientFailure(error: unknown): boolean {
  if (ranOutOfTime(error)) return false;
  return (
    databaseUnavailable(error) ||
    isSerializationFailure(error) ||
    causesOf(error).some(
      (cause) =>
        cause.name.startsWith('KafkaJS') ||
        cause.name === 'MaxRetriesPerRequestError' ||
        (cause instanceof AppError && cause.code === 'dependency_unavailable'),
    )
  );
}

/** Prisma's P2028 means both "no connection was free in time" (transient) and "it took too long". */
function ranOutOfTime(error: unknown): boolean {
  const state = sqlStateOf(error);
  if (state === '57014' || state === '25P03') return true;
  return causesOf(error).some(
    ({ code, message }) => code === 'P2028' && !/unable to start a transaction/i.test(message),
  );
}

function causesOf(error: unknown): (Error & { code?: unknown })[] {
  const causes: (Error & { code?: unknown })[] = [];
  for (let next = error; next instanceof Error && causes.length < 8; next = next.cause) causes.push(next);
  return causes;
}

/** Wait before the next attempt for a parked event that has failed `attempts` times, with ±20 % jitter. */
export function parkedDelay(policy: RetryPolicy, attempts: number): number {
  const parkedAttempts = Math.max(0, attempts - policy.inlineDelaysMs.length - 1);
  const delay = Math.min(policy.parkedDelayMs * 2 ** parkedAttempts, policy.maxParkedDelayMs);
  return Math.round(delay * (0.8 + Math.random() * 0.4));
}

/** Description of a failure for tables, headers and metrics: a code or a name, never a message. */
export function causeOf(error: unknown): string {
  if (error instanceof Error) {
    const code = 'code' in error && typeof error.code === 'string' ? `:${error.code}` : '';
    return `${error.name}${code}`.slice(0, 120);
  }
  return typeof error;
}
