import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { BackupBucket } from './bucket.ts';
import { createMeter, type DumpPart, readDump } from './dump-format.ts';
import { decryptWith } from './encryption.ts';
import { backupName, type Manifest, manifestKey, manifestSchema } from './manifest.ts';

/** Names of the finished backups, oldest first. */
export async function listBackups(bucket: BackupBucket): Promise<string[]> {
  const names = (await bucket.list())
    .map(({ key }) => /^([^/]+)\/manifest\.json$/.exec(key)?.[1] ?? '')
    .filter((name) => backupName.test(name));
  return names.sort();
}

/**
 * The manifest of a backup by its name, or of the newest for `latest`.
 * @throws Error when there is none, or it is not one of ours.
 */
export async function readManifest(bucket: BackupBucket, wanted: string): Promise<Manifest> {
  const name = wanted === 'latest' ? (await listBackups(bucket)).at(-1) : wanted;
  if (!name || !backupName.test(name)) throw new Error(`there is no backup ${wanted}`);
  const text = await bucket.getText(manifestKey(name));
  if (text === null) throw new Error(`there is no backup ${name}, or it was not finished`);
  const parsed = manifestSchema.safeParse(JSON.parse(text));
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
 * Opens a backup and gives its parts. At the end the file, the text and every table were compared with the
 * manifest: who acts on the parts must be able to take it all back until then.
 * @throws Error when the identity does not fit, or anything differs from the manifest.
 */
export async function* openBackup(
  bucket: BackupBucket,
  manifest: Manifest,
  identity: string,
): AsyncGenerator<DumpPart> {
  const file = createMeter();
  const sql = createMeter();
  const encrypted = Readable.from(metered(await bucket.getStream(manifest.file.key), file));
  const text = new PassThrough();
  const source = pipeline(await decryptWith(identity, encrypted), createGunzip(), text);
  source.catch((error: Error) => text.destroy(error));

  let table: { name: string; rows: number; meter: ReturnType<typeof createMeter> } | undefined;
  const seen = new Map<string, { rows: number; sha256: string }>();
  for await (const part of readDump(metered(text, sql))) {
    if (part.kind === 'table')
      table = { name: `${part.schema}.${part.table}`, rows: 0, meter: createMeter() };
    if (part.kind === 'rows' && table) {
      table.meter.add(part.bytes);
      table.rows += linesIn(part.bytes);
    }
    if (part.kind === 'end of table' && table)
      seen.set(table.name, { rows: table.rows, sha256: table.meter.result().sha256 });
    yield part;
  }
  await source;
  expectSame('the text', sql.result(), manifest.sql);
  expectSame('the file', file.result(), manifest.file);
  const expected = manifest.schemas.flatMap(({ name, tables }) =>
    tables.map((facts) => [`${name}.${facts.name}`, facts] as const),
  );
  if (expected.length !== seen.size)
    throw new Error(`the backup has ${seen.size} tables, its manifest ${expected.length}`);
  for (const [name, facts] of expected) {
    const found = seen.get(name);
    if (found?.rows !== facts.rows || found.sha256 !== facts.sha256)
      throw new Error(`the rows of ${name} are not those of the manifest`);
  }
}

/** A row is a line: COPY writes a line break inside a value as \n. */
function linesIn(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(10); at >= 0; at = bytes.indexOf(10, at + 1)) count += 1;
  return count;
}

async function* metered(chunks: AsyncIterable<Uint8Array>, meter: ReturnType<typeof createMeter>) {
  for await (const chunk of chunks) {
    meter.add(chunk);
    yield chunk;
  }
}

function expectSame(
  what: string,
  found: { bytes: number; sha256: string },
  expected: { bytes: number; sha256: string },
): void {
  if (found.bytes === expected.bytes && found.sha256 === expected.sha256) return;
  throw new Error(`${what} is not that of the manifest: ${found.bytes} bytes, ${expected.bytes} expected`);
}
