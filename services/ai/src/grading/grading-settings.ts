/** Settings for waiting, retrying and giving up on gradings. All times are in ms. */
export interface GradingSettings {
  /** Time limit of one attempt. */
  timeoutMs: number;
  /** Lease of a running grading: no other process may take it over before this time has passed. */
  leaseMs: number;
  /** Attempts before a failure is final. */
  maxAttempts: number;
  /** Wait after the first failed attempt; doubled each time. */
  firstDelayMs: number;
  maxDelayMs: number;
  /** How long a request waits for its feedback before it returns 202. */
  answerWithinMs: number;
  /** How long a request waits for the event that its recording is ready. */
  recordingWithinMs: number;
  /** Maximum number of unfinished gradings per user. */
  maxWaiting: number;
}

/** An attempt may query the model twice (see the repair of answers), each time with all tries of a call. */
export function gradingSettings(config: { AI_TIMEOUT_MS: number; AI_MAX_RETRIES: number }): GradingSettings {
  const timeoutMs = 2 * (config.AI_TIMEOUT_MS * (config.AI_MAX_RETRIES + 1) + 5_000);
  return {
    timeoutMs,
    leaseMs: timeoutMs + 15_000,
    maxAttempts: 7,
    // 2, 4, 8 … 64 s: about two minutes in all, which outlasts a restart or a rate limit of the provider.
    firstDelayMs: 2_000,
    maxDelayMs: 120_000,
    answerWithinMs: 8_000,
    recordingWithinMs: 3_000,
    maxWaiting: 20,
  };
}
