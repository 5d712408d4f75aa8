import { createHmac, createSecretKey, hkdfSync } from 'node:crypto';

/** HMAC-SHA-256 with a key for a single purpose. */
export type KeyedHash = (data: string | Uint8Array) => Buffer;

/**
 * Creates a keyed hash for one `purpose` from the service's secret: stored hashes are useless without the secret, and
 * a hash for one purpose is not valid for another.
 */
export function createKeyedHash(secret: string, purpose: string): KeyedHash {
  // A key object: importing the bytes again for each hash takes five times as long as the hash.
  const key = createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', `lms auth ${purpose} v1`, 32)));
  return (data) => createHmac('sha256', key).update(data).digest();
}
