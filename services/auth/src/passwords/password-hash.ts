import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { AppError } from '@lms/errors';
import { hash, verify } from '@node-rs/argon2';
import pLimit from 'p-limit';

/** OWASP's first choice for argon2id: 19 MiB, two passes, one lane. Takes about 9 ms of one core. */
const parameters = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/**
 * Hashes at the same time: one per core that this process may use. More would finish no sooner, while each takes 19 MiB
 * and pushes the others' memory out of the processor's caches.
 */
const atOnce = Math.min(4, availableParallelism());
const limit = pLimit(atOnce);
/** Hashes that wait take about a second; who would wait for longer is refused, so that the others are served in time. */
const maxWaiting = 64 * atOnce;

/** @throws AppError `overloaded` if too many hashes are waiting. */
async function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (limit.pendingCount >= maxWaiting) {
    throw new AppError('overloaded', 'Too many people are signing in right now. Try again shortly.', {
      // Spread over a few seconds, so that those who were refused do not come back together.
      retryAfterSeconds: 1 + Math.floor(3 * Math.random()),
    });
  }
  return limit(work);
}

/** Created at start, because on first use it would make one request slower and so distinguishable. */
const nobodysHash = inTurn(() => hash(randomBytes(24).toString('hex'), parameters));

/** Hashes a password for storage (argon2id, PHC string). @throws AppError `overloaded`. */
export function hashPassword(password: string): Promise<string> {
  return inTurn(() => hash(normalForm(password), parameters));
}

/**
 * Compares a password with the stored hash. Without a hash (no such account) it takes equally long and returns false,
 * so that timing does not reveal which accounts exist.
 * @throws AppError `overloaded`.
 */
export async function verifyPassword(stored: string | null, password: string): Promise<boolean> {
  const against = stored ?? (await nobodysHash);
  const matches = await inTurn(() => verify(against, normalForm(password)));
  return stored !== null && matches;
}

/** Keyboards compose letters such as ế differently, but to the user the password is the same. */
function normalForm(password: string): string {
  return password.normalize('NFC');
}
