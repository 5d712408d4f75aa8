/** Resolves if the dependency responds and throws if it does not. Must honour `signal`. */
export type HealthCheck = (signal: AbortSignal) => Promise<unknown>;

export interface DependencyHealth {
  status: 'up' | 'down';
  /** Duration of the check, in ms. */
  latencyMs: number;
  /** Why it is down, in public terms: never an address or a driver's message. */
  reason?: 'timeout' | 'unreachable';
}

export interface HealthReport {
  status: 'up' | 'down';
  checkedAt: string;
  dependencies: Record<string, DependencyHealth>;
}

/** A check that takes longer than this, in ms, counts as down, unless its reporter has another limit. */
export const healthCheckTimeoutMs = 500;

/**
 * Runs named checks concurrently, each under `timeoutMs`, and caches the report for `cacheMs`, so that many callers
 * cost one round of checks. A check that hangs is not started again until it ends.
 */
export function createHealthReporter(
  checks: Record<string, HealthCheck>,
  { timeoutMs = healthCheckTimeoutMs, cacheMs = 500 }: { timeoutMs?: number; cacheMs?: number } = {},
): () => Promise<HealthReport> {
  const running = new Map<string, Promise<DependencyHealth>>();
  let cached: { at: number; report: Promise<HealthReport> } | undefined;

  const check = (name: string, run: HealthCheck): Promise<DependencyHealth> => {
    const started = performance.now();
    const elapsed = () => Math.round(performance.now() - started);
    let settled = running.get(name);
    if (!settled) {
      settled = Promise.resolve()
        .then(() => run(AbortSignal.timeout(timeoutMs)))
        .then(
          (): DependencyHealth => ({ status: 'up', latencyMs: elapsed() }),
          (): DependencyHealth => ({ status: 'down', latencyMs: elapsed(), reason: 'unreachable' }),
        )
        .finally(() => running.delete(name));
      running.set(name, settled);
    }
    const timeout = new Promise<DependencyHealth>((resolve) => {
      setTimeout(
        () => resolve({ status: 'down', latencyMs: elapsed(), reason: 'timeout' }),
        timeoutMs,
      ).unref();
    });
    return Promise.race([settled, timeout]);
  };

  const runAll = async (): Promise<HealthReport> => {
    const entries = await Promise.all(
      Object.entries(checks).map(async ([name, run]) => [name, await check(name, run)] as const),
    );
    return {
      status: entries.every(([, result]) => result.status === 'up') ? 'up' : 'down',
      checkedAt: new Date().toISOString(),
      dependencies: Object.fromEntries(entries),
    };
  };

  return () => {
    const now = performance.now();
    if (!cached || now - cached.at > cacheMs) cached = { at: now, report: runAll() };
    return cached.report;
  };
}
