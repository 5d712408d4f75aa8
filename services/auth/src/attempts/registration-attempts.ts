import { AppError } from '@lms/errors';
import type { Counters } from '@lms/redis';

const takenAnswers = { name: 'taken', windowSeconds: 3_600 };
const maxTakenAnswers = 30;

/**
 * Registration must report that an address is taken, which reveals that an account exists. A network that has
 * received this error often cannot register any account for a while.
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

/** Counts a response that revealed that an address is taken. */
export async function countTakenAnswer(network: string, { counters }: { counters: Counters }): Promise<void> {
  await counters.add(takenAnswers, network);
}
