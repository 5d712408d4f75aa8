import type { Logger } from '@lms/runtime';

/** Deletes at most `limit` rows, commits, and returns how many rows it deleted. */
export type DeleteBatch = (limit: number) => Promise<number>;

const defaultLimit = 1_000;
/** Divides the limit after a failure: a batch that takes too long becomes small enough in three steps. */
const shrink = 10;

/**
 * Deletes rows that are no longer needed, in steps that do not depend on each other. Each step deletes batch after batch
 * (1,000 rows at first) until nothing is left or its share of `budgetMs` (60 s in all, by default) is used up; the next
 * run continues there. A batch that fails is tried again with a tenth of its rows, down to a single one; then the step
 * is given up for this run and the others go on.
 * @returns the number of rows of each step.
 * @throws AggregateError of the failures, after all steps, if any step was given up.
 */
export async function cleanUp<Step extends string>(
  steps: Record<Step, DeleteBatch>,
  options: { log: Logger; signal?: AbortSignal; budgetMs?: number; limit?: number },
): Promise<Record<Step, number>> {
  const { log, signal, budgetMs = 60_000, limit = defaultLimit } = options;
  const names = Object.keys(steps) as Step[];
  const rows = Object.fromEntries(names.map((name) => [name, 0])) as Record<Step, number>;
  const unfinished: Step[] = [];
  const failures: unknown[] = [];
  for (const name of names) {
    const until = performance.now() + budgetMs / names.length;
    try {
      const finished = await runStep(steps[name], {
        ...{ limit, until },
        onBatch(count) {
          rows[name] += count;
        },
        onFailure: (err, next) =>
          log.warn({ err, step: name, next }, 'a clean-up continues with smaller batches'),
        ...(signal ? { signal } : {}),
      });
      if (!finished) unfinished.push(name);
    } catch (err) {
      signal?.throwIfAborted();
      log.error({ err, step: name }, 'a step of a clean-up was given up');
      failures.push(err);
    }
  }
  log.info({ rows, unfinished }, 'cleaned up');
  if (failures.length > 0) throw new AggregateError(failures, 'steps of a clean-up failed');
  return rows;
}

/** Runs one step; returns false if time ran out first. */
async function runStep(
  deleteBatch: DeleteBatch,
  options: {
    limit: number;
    until: number;
    signal?: AbortSignal;
    onBatch: (count: number) => void;
    onFailure: (err: unknown, next: number) => void;
  },
): Promise<boolean> {
  let { limit } = options;
  // The first batch always runs, so that every run makes progress.
  do {
    options.signal?.throwIfAborted();
    try {
      const count = await deleteBatch(limit);
      options.onBatch(count);
      if (count < limit) return true;
    } catch (err) {
      if (limit === 1) throw err;
      limit = Math.max(1, Math.floor(limit / shrink));
      options.onFailure(err, limit);
    }
  } while (performance.now() < options.until);
  return false;
}
