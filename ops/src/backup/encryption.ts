import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { Decrypter, Encrypter } from 'age-encryption';

/**
 * Encrypts a stream as an age file (https://age-encryption.org/v1) that any of the `recipients` can open. Only
 * public keys are needed: a process that makes backups cannot read them.
 */
export async function encryptFor(recipients: string[], source: Readable): Promise<Readable> {
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  return fromWeb(await encrypter.encrypt(toWeb(source)));
}

/**
 * Opens an age file. Every chunk is authenticated before it is returned, including the end of the file.
 * @throws Error if the identity does not match or the file was changed, at the start or while it is read.
 */
export async function decryptWith(identity: string, source: Readable): Promise<Readable> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  return fromWeb(await decrypter.decrypt(toWeb(source)));
}

// Node and the DOM have different types for the same stream.
type WebStream = Parameters<Decrypter['decrypt']>[0] & globalThis.ReadableStream<Uint8Array>;
const toWeb = (source: Readable) => Readable.toWeb(source) as unknown as WebStream;
const fromWeb = (source: unknown) => Readable.fromWeb(source as ReadableStream);
