import { setTimeout as sleep } from 'node:timers/promises';
import { addToMessage } from './with-message.ts';

/**
 * Repeats assertions until they pass, every 50 ms. Rejects with the last failure, whose message then begins
 * with `what`, if they still fail after `timeoutMs` (10 seconds by default). The limit only stops tests that
 * would hang; it does not assert speed.
 */
export async function eventuallyPasses(
  what: string,
  assertions: () => unknown,
  { timeoutMs = 10_000 }: { timeoutMs?: number } = {},
): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    try {
      await assertions();
      return;
    } catch (error) {
      if (performance.now() >= deadline) throw addToMessage(`Not within ${timeoutMs} ms: ${what}`, error);
    }
    await sleep(50);
  }
}
