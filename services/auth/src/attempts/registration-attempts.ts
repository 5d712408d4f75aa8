import { AppError } from '@lms/errors';
import type { Counters } from '@lms/redis';

const takenAnswers = { name: 'taken', windowSeconds: 3_600 };
const maxTakenAnswers = 30;

/**
 * Registration has to say when an address is taken, which also tells whether somebody has an account. A
 * network that has heard it often registers nobody for a while, whatever the address.
 * @throws AppError `rate_limited`.
 */
export async function checkRegistrations(
  network: string,
  { counters }: { counters: Counters },
): Promise<void> {
  const taken = await counters.read(takenAnswers, network);
  if (taken.count < maxTakenAnswers) return;
  throw new AppError('rate_limited', 'Too many registrations from your network. Try again later.', {
    retryAfterSeconds: Math.max(1, Math.ceil(taken.msLeft / 1_000)),
  });
}

/** Counts an answer that told that an address is taken. */
export async function countTakenAnswer(network: string, { counters }: { counters: Counters }): Promise<void> {
  await counters.add(takenAnswers, network);
}
