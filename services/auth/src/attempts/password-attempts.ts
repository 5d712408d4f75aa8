import { AppError } from '@lms/errors';
import type { Counters } from '@lms/redis';

const windowSeconds = 15 * 60;
const perPair = { name: 'pair', windowSeconds };
const perAccount = { name: 'account', windowSeconds };
const perNetwork = { name: 'network', windowSeconds };
/** Wrong passwords for one account from one network within the window. */
const maxFailures = 10;
/** The same while the account or the network is under attack: leaves the rightful user a few attempts. */
const maxFailuresUnderAttack = 3;
/** Number of wrong passwords, for one account in total and from one network in total, that counts as an attack. */
const accountAttack = 30;
const networkAttack = 100;

/** An attempt to prove a password: the account's address in its normal form, and the network of the request. */
export interface PasswordAttempt {
  email: string;
  network: string;
}

/** Number of wrong passwords that a network may send for an account, depending on the other failures of both. */
export function allowedFailures(failures: { account: number; network: number }): number {
  const underAttack = failures.account >= accountAttack || failures.network >= networkAttack;
  return underAttack ? maxFailuresUnderAttack : maxFailures;
}

/**
 * Compares a password, and counts a wrong one. For the combination of account and network the attempt counts as a
 * failure before `compare` runs: many at once must not all pass. Failures are also counted per account and per network,
 * and only the combination is ever refused, so that nobody can lock others out of their account, or other users of the
 * network out of all accounts. Accounts that do not exist are counted in the same way.
 * If `compare` fails, no password was compared, so nothing is counted.
 * @returns what `compare` returns. @throws what it throws.
 * @throws AppError `rate_limited` with the time until the combination is free again; then `compare` does not run.
 */
export async function attemptPassword(
  { email, network }: PasswordAttempt,
  compare: () => Promise<boolean>,
  { counters }: { counters: Counters },
): Promise<boolean> {
  const [pair, account, around] = await Promise.all([
    counters.add(perPair, pairOf({ email, network })),
    counters.read(perAccount, email),
    counters.read(perNetwork, network),
  ]);
  if (pair.count > allowedFailures({ account: account.count, network: around.count })) {
    throw new AppError('rate_limited', 'Too many wrong passwords. Wait, or reset your password.', {
      retryAfterSeconds: Math.max(1, Math.ceil(pair.msLeft / 1_000)),
    });
  }
  const matches = await compare().catch(async (error: unknown) => {
    await counters.subtract(perPair, pairOf({ email, network }));
    throw error;
  });
  if (matches) await counters.forget(perPair, pairOf({ email, network }));
  else await Promise.all([counters.add(perAccount, email), counters.add(perNetwork, network)]);
  return matches;
}

function pairOf({ email, network }: PasswordAttempt): string {
  return `${network} ${email}`;
}
