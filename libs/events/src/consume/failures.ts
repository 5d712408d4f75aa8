/** Tries of one event: a few at once, then parked with growing waits, then the dead-letter topic. */
export interface RetryPolicy {
  /** Waits between the tries made at once, in ms; together about a second, so that the group stays calm. */
  inlineDelaysMs: readonly number[];
  /** Tries in all before the event is dead-lettered. */
  maxAttempts: number;
  /** First wait of a parked event, in ms; doubled each time. */
  parkedDelayMs: number;
  maxParkedDelayMs: number;
}

export const defaultRetryPolicy: RetryPolicy = {
  inlineDelaysMs: [50, 200, 500],
  maxAttempts: 10,
  parkedDelayMs: 2_000,
  maxParkedDelayMs: 120_000,
};

/** Wait before the next try of a parked event that has failed `attempts` times, with ±20 % jitter. */
export function parkedDelay(policy: RetryPolicy, attempts: number): number {
  const parkedTries = Math.max(0, attempts - policy.inlineDelaysMs.length - 1);
  const delay = Math.min(policy.parkedDelayMs * 2 ** parkedTries, policy.maxParkedDelayMs);
  return Math.round(delay * (0.8 + Math.random() * 0.4));
}

/** What may be said of a failure in tables, headers and metrics: a code or a name, never a message. */
export function causeOf(error: unknown): string {
  if (error instanceof Error) {
    const code = 'code' in error && typeof error.code === 'string' ? `:${error.code}` : '';
    return `${error.name}${code}`.slice(0, 120);
  }
  return typeof error;
}
