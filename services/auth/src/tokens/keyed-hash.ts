import { createHmac, hkdfSync } from 'node:crypto';

/** HMAC-SHA-256 under a key that serves one purpose alone. */
export type KeyedHash = (data: string | Uint8Array) => Buffer;

/**
 * Makes a keyed hash for one `purpose` out of the service's secret: what is stored says nothing without it,
 * and a hash made for one purpose is worth nothing for another.
 */
export function createKeyedHash(secret: string, purpose: string): KeyedHash {
  const key = Buffer.from(hkdfSync('sha256', secret, '', `lms auth ${purpose} v1`, 32));
  return (data) => createHmac('sha256', key).update(data).digest();
}
