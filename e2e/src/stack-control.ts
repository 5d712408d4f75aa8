/** Stops, starts, pauses and kills parts of the stack under test. */
export async function control(
  part: string,
  action: 'start' | 'stop' | 'kill' | 'pause' | 'resume',
): Promise<void> {
  const url = process.env.LMS_STACK_CONTROL;
  if (!url) throw new Error('LMS_STACK_CONTROL is not set: run these tests through `npm test -- e2e`');
  const response = await fetch(`${url}/parts/${part}/${action}`, {
    method: 'POST',
    signal: AbortSignal.timeout(100_000),
  });
  if (!response.ok) throw new Error(`${action} ${part}: ${await response.text()}`);
}
