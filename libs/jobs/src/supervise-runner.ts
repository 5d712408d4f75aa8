import { setTimeout as sleep } from 'node:timers/promises';
import type { BackgroundTask, Logger } from '@lms/runtime';
import type { Runner } from 'graphile-worker';

/** Waits between attempts to start a runner, in ms. */
const wait = { first: 500, longest: 10_000 };
/** A runner that receives only errors and no job for this long is replaced. */
const patienceMs = 5_000;
/** Time for running jobs to finish when a runner is stopped; those that do not are retried by another process. */
const stopLimitMs = 9_000;

/**
 * Keeps one runner of graphile-worker running until it is stopped. A runner does not survive every loss of
 * its database: it caches a failed look-up of its tasks forever, and after ten errors in a row its workers stop
 * although its promise stays pending (graphile/worker issue 592). So a runner that only fails, or has lost a worker,
 * is replaced.
 */
export function superviseRunner(options: {
  start: () => Promise<Runner>;
  log: Logger;
  onRestart: () => void;
}): BackgroundTask {
  const { log } = options;
  const stopping = new AbortController();
  const stopped = new Promise<void>((resolve) => {
    stopping.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  let runner: Runner | undefined;
  let supervision = Promise.resolve();

  const supervise = async (): Promise<void> => {
    let waitMs = wait.first;
    while (!stopping.signal.aborted) {
      if (runner) {
        const reason = await Promise.race([endOf(runner), stopped]);
        if (stopping.signal.aborted) return;
        log.error({ reason }, 'the job runner failed and is being replaced');
        options.onRestart();
        await end(runner);
        runner = undefined;
      }
      await sleep(waitMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      try {
        runner = await options.start();
        waitMs = wait.first;
      } catch (err) {
        log.warn({ err }, 'the job runner could not be started');
        waitMs = Math.min(waitMs * 2, wait.longest);
      }
    }
  };

  return {
    name: 'jobs',
    async start() {
      // Waits for a database that is down: meanwhile the service returns 503 but does not exit.
      runner = await options.start().catch((err: unknown) => {
        log.warn({ err }, 'the job runner could not be started');
        return undefined;
      });
      supervision = supervise();
    },
    async stop() {
      stopping.abort();
      await supervision;
      if (runner) await end(runner);
    },
  };
}

/** Resolves with the reason when a runner has ended or no longer works. */
function endOf(runner: Runner): Promise<string> {
  return new Promise((resolve) => {
    runner.promise.then(
      () => resolve('it ended'),
      (error: Error) => resolve(error.message),
    );
    let failingSince: number | undefined;
    const works = () => {
      failingSince = undefined;
    };
    runner.events.on('worker:getJob:empty', works);
    runner.events.on('job:start', works);
    runner.events.on('worker:fatalError', () => resolve('a worker ended'));
    runner.events.on('worker:getJob:error', ({ error }) => {
      failingSince ??= performance.now();
      if (performance.now() - failingSince > patienceMs) resolve(String(error));
    });
  });
}

/** Stops a runner. One that has already ended throws, which is ignored. */
async function end(runner: Runner): Promise<void> {
  const limit = sleep(stopLimitMs, undefined, { ref: false });
  await Promise.race([runner.stop().catch(() => undefined), limit]);
}
