/** Batches that run at the same time: one that waits for a slow connection does not hold up everything. */
const maxRunning = 2;

/**
 * Turns a read of many keys into a read of one: keys that are wanted at about the same time are read together. A key
 * waits for the other requests of its turn of the event loop, and while two batches are running also for one of them,
 * so batches grow with the load.
 *
 * @param load returns the values in the order of the keys; if it throws, every caller of the batch receives the error.
 */
export function batchReads<K, V>(
  load: (keys: K[]) => Promise<V[]>,
  { maxBatch }: { maxBatch: number },
): (key: K) => Promise<V> {
  const waiting: { key: K; resolve: (value: V) => void; reject: (error: unknown) => void }[] = [];
  let running = 0;
  let scheduled = false;

  function schedule(): void {
    if (scheduled || running >= maxRunning || waiting.length === 0) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      void run(waiting.splice(0, maxBatch));
      schedule();
    });
  }

  async function run(batch: typeof waiting): Promise<void> {
    running += 1;
    try {
      const values = await load(batch.map(({ key }) => key));
      if (values.length !== batch.length) throw new Error('a batch returned another number of values');
      for (const [index, { resolve }] of batch.entries()) resolve(values[index] as V);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      running -= 1;
      schedule();
    }
  }

  return (key) =>
    new Promise<V>((resolve, reject) => {
      waiting.push({ key, resolve, reject });
      schedule();
    });
}
