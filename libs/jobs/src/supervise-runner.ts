import { setTimeout as sleep } from 'node:timers/promises';
import type { BackgroundTask, Logger } from '@lms/runtime';
import type { Runner } from 'graphile-worker';

/** Between tries to start a runner, in ms. */
const wait = { first: 500, longest: 10_000 };
/** A runner that gets no job, only errors, for this long is replaced. */
const patienceMs = 5_000;
/** Time for jobs in hand when a runner is stopped; what does not end is tried again elsewhere. */
const stopLimitMs = 9_000;

/**
 * Keeps one runner of graphile-worker running until it is stopped. A runner alone does not survive every loss
 * of its database: it remembers a failed look-up of its tasks for ever, and after ten errors in a row its
 * workers end without its promise telling (graphile/worker issue 592). So one that only fails, or has lost a
 * worker, is replaced.
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
        log.error({ reason }, 'the job runner is replaced');
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
      // A database that is away now is waited for: the service answers 503 meanwhile, and does not end.
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

/** Resolves with the reason when a runner has ended, or works no more. */
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

/** Stops a runner as well as it can be; one that has ended already refuses, which is just as good. */
async function end(runner: Runner): Promise<void> {
  const limit = sleep(stopLimitMs, undefined, { ref: false });
  await Promise.race([runner.stop().catch(() => undefined), limit]);
}
