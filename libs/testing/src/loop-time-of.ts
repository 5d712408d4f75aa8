const tickMs = 10;

/**
 * Runs `work` and returns its result with the time it took, in ms of this process's event loop: time in which
 * the machine ran something else does not count. For promises such as "within a second" of code that runs in
 * the test's own process. Timers fire a little late, so an idle machine's clock shows up to a tenth more.
 */
export async function loopTimeOf<T>(work: () => Promise<T>): Promise<{ result: T; ms: number }> {
  // An interval does not catch up: while the loop stands still, however long, it misses its turns.
  let ticks = 0;
  const timer = setInterval(() => {
    ticks += 1;
  }, tickMs);
  try {
    const result = await work();
    return { result, ms: ticks * tickMs };
  } finally {
    clearInterval(timer);
  }
}
