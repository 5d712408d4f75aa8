const lookEveryMs = 50;

/** Something that must be done by a time. */
export interface TimeLimit {
  /** By `performance.now()`. */
  dueAt: number;
  onLate: () => void;
}

const limits = new Set<TimeLimit>();
let timer: NodeJS.Timeout | undefined;

/**
 * Calls `onLate` when `timeoutMs` have passed, up to 50 ms later, unless `clearTimeLimit` is called before. One timer
 * watches all limits: nearly all are cleared within milliseconds, and a timer for each costs more than to look.
 */
export function setTimeLimit(timeoutMs: number, onLate: () => void): TimeLimit {
  const limit = { dueAt: performance.now() + timeoutMs, onLate };
  limits.add(limit);
  timer ??= setInterval(look, lookEveryMs).unref();
  return limit;
}

export function clearTimeLimit(limit: TimeLimit): void {
  limits.delete(limit);
}

function look(): void {
  const now = performance.now();
  for (const limit of limits) {
    if (limit.dueAt > now) continue;
    limits.delete(limit);
    limit.onLate();
  }
  if (limits.size > 0) return;
  clearInterval(timer);
  timer = undefined;
}
