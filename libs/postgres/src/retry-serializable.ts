import { setTimeout as sleep } from 'node:timers/promises';
import { isSerializationFailure } from './database-errors.ts';

/**
 * Runs `work` again if two transactions conflicted (40001, 40P01), after a short random wait that doubles
 * (10, 20, 40 ms…). `work` must be the whole transaction, because all its changes were rolled back.
 * @param options.attempts maximum number of attempts, 4 by default.
 * @throws the last failure unchanged; any other error at once.
 */
export async function retrySerializable<T>(
  work: (attempt: number) => Promise<T>,
  { attempts = 4 }: { attempts?: number } = {},
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work(attempt);
    } catch (error) {
      if (attempt >= attempts || !isSerializationFailure(error)) throw error;
      await sleep(10 * 2 ** (attempt - 1) * (0.5 + Math.random()));
    }
  }
}
