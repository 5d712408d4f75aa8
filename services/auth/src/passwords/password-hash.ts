import { randomBytes } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';

/** OWASP's first choice for argon2id: 19 MiB, two passes, one lane. About 9 ms of a core. */
const parameters = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Made at start: made at the first need, it would tell that one from the others. */
const nobodysHash = hash(randomBytes(24).toString('hex'), parameters);

/** Hashes a password for storage (argon2id, PHC string). */
export function hashPassword(password: string): Promise<string> {
  return hash(normalForm(password), parameters);
}

/**
 * Compares a password with what is stored. Without anything stored (no such account) it takes as long and
 * says no, so that time does not tell which accounts exist.
 */
export async function verifyPassword(stored: string | null, password: string): Promise<boolean> {
  const matches = await verify(stored ?? (await nobodysHash), normalForm(password));
  return stored !== null && matches;
}

/** Keyboards differ in how they compose letters such as ế; to their user it is the same password. */
function normalForm(password: string): string {
  return password.normalize('NFC');
}
