import { randomBytes } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { hash, verify } from '@node-rs/argon2';
import pLimit from 'p-limit';

/** OWASP's first choice for argon2id: 19 MiB, two passes, one lane. Takes about 9 ms of one core. */
const parameters = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/**
 * Hashes at the same time: one per core that this process may use. More would finish no sooner, while each takes 19 MiB
 * and pushes the others' memory out of the processor's caches.
 */
const inTurn = pLimit(Math.min(4, availableParallelism()));

/** Created at start, because on first use it would make one request slower and so distinguishable. */
const nobodysHash = inTurn(() => hash(randomBytes(24).toString('hex'), parameters));

/** Hashes a password for storage (argon2id, PHC string). */
export function hashPassword(password: string): Promise<string> {
  return inTurn(() => hash(normalForm(password), parameters));
}

/**
 * Compares a password with the stored hash. Without a hash (no such account) it takes equally long and returns false,
 * so that timing does not reveal which accounts exist.
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
