export interface WakeUp {
  now(): void;
  /** Resolves at the next `now()`, at once if there was one since the last wait, or after `timeoutMs`. */
  wait(timeoutMs: number): Promise<void>;
}

/** A signal for one waiter that is never missed. Aborting `stopping` also wakes the waiter. */
export function createWakeUp(stopping: AbortSignal): WakeUp {
  let pending = stopping.aborted;
  let resolveWait: (() => void) | undefined;
  const now = () => {
    pending = true;
    resolveWait?.();
  };
  stopping.addEventListener('abort', now, { once: true });
  return {
    now,
    async wait(timeoutMs) {
      if (!pending) {
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, timeoutMs);
          resolveWait = () => {
            clearTimeout(timer);
            resolve();
          };
        });
        resolveWait = undefined;
      }
      pending = false;
    },
  };
}
