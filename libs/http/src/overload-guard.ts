import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge, type Logger, type Metrics } from '@lms/runtime';

export interface OverloadOptions {
  /** Requests that a process works on at the same time; one more is refused. */
  maxInFlight?: number;
  /** Mean delay of the event loop above which requests are refused, more and more of them. */
  maxDelayMs?: number;
  /** Up to this many requests at the same time are no overload, however slow the machine is. */
  alwaysAdmitted?: number;
  /** Samples in a row that must be too long before requests are refused. */
  samplesUntilRefusal?: number;
  /** For tests: the mean delay of the event loop since the last call, in ms. */
  readDelayMs?: () => number;
  /** For tests: how often the delay is read. */
  sampleMs?: number;
  /** For tests: a number from 0 to 1. */
  random?: () => number;
}

/** Refuses requests while the process has more work than it can do. */
export interface OverloadGuard {
  /** False if the next request must be refused. */
  admits(): boolean;
  /** A request begins. */
  enter(): void;
  /** The request is finished, or needs hardly any work from now on. */
  leave(): void;
}

const defaultMaxInFlight = 1_000;
const defaultMaxDelayMs = 150;
const defaultAlwaysAdmitted = 16;
/** One long pause (a big module, a starved machine) is no overload; this many in a row take 0.75 s. */
const defaultSamplesUntilRefusal = 3;
/** How fast the share of refusals follows the delay; it falls from its most to 0 in less than three seconds. */
const sampleEveryMs = 250;
const [mostPerSample, leastPerSample, mostRefused] = [0.25, -0.1, 0.95];
/** Of the timer with which Node measures; a loop without any delay shows this much. */
const resolutionMs = 10;

/**
 * Two limits, so that a process at twice its capacity goes on doing what it can, in bounded memory, instead of making
 * everybody wait until nobody is served: a number of requests at the same time, and the delay of the event loop. While
 * the delay is too long, a growing share of requests is refused, chosen at random, until it is not: all or nothing
 * would swing between idle and late (docs/adr/0016-cheap-requests.md).
 */
export function createOverloadGuard(
  { log, metrics }: { log: Logger; metrics: Metrics },
  options: OverloadOptions = {},
): OverloadGuard {
  const { maxInFlight = defaultMaxInFlight, maxDelayMs = defaultMaxDelayMs } = options;
  const { alwaysAdmitted = defaultAlwaysAdmitted, samplesUntilRefusal = defaultSamplesUntilRefusal } =
    options;
  const { readDelayMs = createDelayReader(), sampleMs = sampleEveryMs, random = Math.random } = options;
  let inFlight = 0;
  const countRefused = createCounts(metrics, () => inFlight);
  let refusedShare = 0;
  let longInARow = 0;
  let sampledAt = performance.now();
  let refusedSinceLog = 0;
  let loggedAt = Number.NEGATIVE_INFINITY;

  const sample = (now: number) => {
    const passed = now - sampledAt;
    if (passed < sampleMs) return;
    sampledAt = now;
    const delayMs = readDelayMs();
    longInARow = delayMs > maxDelayMs ? longInARow + 1 : 0;
    if (longInARow > 0 && longInARow < samplesUntilRefusal) return;
    const change =
      delayMs > maxDelayMs
        ? Math.min(mostPerSample, (delayMs / maxDelayMs - 1) / 10)
        : // After a time without requests, as much as if there had been a sample in each of its intervals.
          Math.max(leastPerSample, (delayMs / maxDelayMs - 1) / 10) *
          Math.max(1, Math.floor(passed / Math.max(1, sampleMs)));
    refusedShare = Math.min(mostRefused, Math.max(0, refusedShare + change));
  };
  const refuse = (reason: 'in_flight' | 'event_loop', now: number) => {
    countRefused(reason);
    refusedSinceLog += 1;
    // A line per request would cost more than to refuse it.
    if (now - loggedAt >= 1_000) {
      log.warn({ refused: refusedSinceLog, reason, inFlight }, 'requests are refused: too much work');
      loggedAt = now;
      refusedSinceLog = 0;
    }
    return false;
  };

  return {
    admits() {
      const now = performance.now();
      sample(now);
      if (inFlight >= maxInFlight) return refuse('in_flight', now);
      if (inFlight < alwaysAdmitted) return true;
      return refusedShare > 0 && random() < refusedShare ? refuse('event_loop', now) : true;
    },
    enter() {
      inFlight += 1;
    },
    leave() {
      inFlight -= 1;
    },
  };
}

/** The mean alone matters: one pause of a garbage collection is no overload. */
function createDelayReader(): () => number {
  const histogram = monitorEventLoopDelay({ resolution: resolutionMs });
  histogram.enable();
  return () => {
    const delayMs = histogram.mean / 1e6 - resolutionMs;
    histogram.reset();
    return Number.isFinite(delayMs) ? Math.max(0, delayMs) : 0;
  };
}

function createCounts(metrics: Metrics, readInFlight: () => number): (reason: string) => void {
  const registers = [metrics.registry];
  new Gauge({
    name: 'http_requests_in_flight',
    help: 'Requests that this process works on',
    registers,
    collect() {
      this.set(readInFlight());
    },
  });
  const shed = new Counter({
    name: 'http_requests_shed_total',
    help: 'Requests refused with 503 because this process had too much work',
    labelNames: ['reason'],
    registers,
  });
  for (const reason of ['in_flight', 'event_loop']) shed.inc({ reason }, 0);
  return (reason) => shed.inc({ reason });
}
