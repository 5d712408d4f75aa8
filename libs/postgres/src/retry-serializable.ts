import { setTimeout as sleep } from 'node:timers/promises';
import { isSerializationFailure } from './database-errors.ts';

/**
 * Runs `work` again when two transactions got in each other's way (40001, 40P01), after a short random
 * wait that doubles (10, 20, 40 ms…). `work` must be the whole transaction: what it did was rolled back.
 * @param options.attempts tries in all, 4 unless given.
 * @throws the last failure as it is; anything else at once.
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
