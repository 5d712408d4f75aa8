import { Readable } from 'node:stream';
import type { BackupBucket } from './bucket.ts';
import { decryptWith } from './encryption.ts';
import { backupName, type Manifest, manifestKey, manifestSchema } from './manifest.ts';
import { createMeter, metered } from './meter.ts';

/** Names of the finished backups, oldest first. */
export async function listBackups(bucket: BackupBucket): Promise<string[]> {
  const names = (await bucket.list())
    .map(({ key }) => /^([^/]+)\/manifest\.json$/.exec(key)?.[1] ?? '')
    .filter((name) => backupName.test(name));
  return names.sort();
}

/**
 * Returns the manifest of a backup by name, or of the newest backup for `latest`.
 * @throws Error if it does not exist or is not valid.
 */
export async function readManifest(bucket: BackupBucket, wanted: string): Promise<Manifest> {
  const name = wanted === 'latest' ? (await listBackups(bucket)).at(-1) : wanted;
  if (!name || !backupName.test(name)) throw new Error(`there is no backup ${wanted}`);
  const text = await bucket.getText(manifestKey(name));
  if (text === null) throw new Error(`there is no backup ${name}, or it was not finished`);
  const content = JSON.parse(text) as { format?: unknown; version?: unknown };
  if (content.format === 1)
    throw new Error(
      `${name} is of the older format 1: restore it with release ${content.version} that made it, or by hand (docs/runbooks/backup-restore.md)`,
    );
  const parsed = manifestSchema.safeParse(content);
  if (!parsed.success)
    throw new Error(`the manifest of ${name} cannot be read: ${parsed.error.issues[0]?.path.join('.')}`);
  return parsed.data;
}

/** Reads the encrypted file and compares it with its manifest, without opening it. */
export async function checkFile(bucket: BackupBucket, manifest: Manifest): Promise<void> {
  const meter = createMeter();
  for await (const chunk of await bucket.getStream(manifest.file.key)) meter.add(chunk as Buffer);
  expectSame('the file', meter.result(), manifest.file);
}

/**
 * Decrypts a backup into the archive that `pg_dump` wrote. The last chunk is held back until the file and the
 * archive match the manifest, so a reader cannot reach the end before.
 * @throws Error if the identity does not match, or anything differs from the manifest.
 */
export async function* openArchive(
  bucket: BackupBucket,
  manifest: Manifest,
  identity: string,
): AsyncGenerator<Uint8Array> {
  const file = createMeter();
  const archive = createMeter();
  const encrypted = Readable.from(metered(await bucket.getStream(manifest.file.key), file));
  let last: Uint8Array | undefined;
  for await (const chunk of metered(await decryptWith(identity, encrypted), archive)) {
    if (last) yield last;
    last = chunk.length > 0 ? chunk : last;
  }
  expectSame('the file', file.result(), manifest.file);
  expectSame('the archive', archive.result(), manifest.archive);
  if (last) yield last;
}

function expectSame(
  what: string,
  found: { bytes: number; sha256: string },
  expected: { bytes: number; sha256: string },
): void {
  if (found.bytes === expected.bytes && found.sha256 === expected.sha256) return;
  throw new Error(`${what} does not match the manifest: ${found.bytes} bytes, ${expected.bytes} expected`);
}
