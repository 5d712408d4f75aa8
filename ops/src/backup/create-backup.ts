import { randomBytes } from 'node:crypto';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { BackupBucket } from './bucket.ts';
import { dumpDatabase, openSession, type SchemaFacts } from './dump-database.ts';
import { createMeter } from './dump-format.ts';
import { encryptFor } from './encryption.ts';
import { dumpKey, type Manifest, manifestKey, manifestSchema } from './manifest.ts';

/**
 * Dumps all schemas from one snapshot, compresses and encrypts them on the way, and uploads them; nothing is
 * kept on disk, memory stays under 100 MB. The manifest comes last: a backup without one does not count.
 * @throws Error when the database or the bucket fails; the part that was uploaded is removed.
 */
export async function createBackup(options: {
  databaseUrl: string;
  bucket: BackupBucket;
  recipients: string[];
  /** Why it was made, in the name: a-z, 0-9 and dashes. */
  label: string | null;
  /** Of the product. */
  version: string;
  now?: Date;
}): Promise<Manifest> {
  const { bucket, recipients, label, version } = options;
  const startedAt = options.now ?? new Date();
  const name = nameOf(startedAt, label);
  const client = await openSession(options.databaseUrl, 'lms-backup');
  try {
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
    const schemas: SchemaFacts[] = [];
    const sql = createMeter();
    const compressed = new PassThrough();
    const source = pipeline(
      Readable.from(metered(dumpDatabase(client, schemas), sql)),
      createGzip(),
      compressed,
    );
    // The upload fails with it; this keeps the rejection from being nobody's.
    source.catch((error: Error) => compressed.destroy(error));
    const encrypted = await encryptFor(recipients, compressed);
    // Who reads it learns of its failure; when nobody does any more, nobody need.
    encrypted.on('error', () => undefined);
    let file: { bytes: number; sha256: string };
    try {
      file = await bucket.putStream(dumpKey(name), encrypted);
      await source;
    } catch (error) {
      // Ends the reading of the table in hand before the connection goes.
      encrypted.destroy();
      compressed.destroy();
      await source.catch(() => undefined);
      throw error;
    }
    const manifest = manifestSchema.parse({
      format: 1,
      name,
      label,
      startedAt: startedAt.toISOString(),
      finishedAt: new Date().toISOString(),
      version,
      serverVersion: rows[0]?.server_version ?? '',
      recipients,
      file: { key: dumpKey(name), ...file },
      sql: sql.result(),
      schemas,
    });
    await bucket.put(manifestKey(name), `${JSON.stringify(manifest, null, 2)}\n`);
    return manifest;
  } catch (error) {
    await bucket.delete(dumpKey(name)).catch(() => undefined);
    throw error;
  } finally {
    await client.end();
  }
}

async function* metered(chunks: AsyncIterable<Buffer>, meter: ReturnType<typeof createMeter>) {
  for await (const chunk of chunks) {
    meter.add(chunk);
    yield chunk;
  }
}

function nameOf(now: Date, label: string | null): string {
  const stamp = `${now.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
  return [stamp, randomBytes(3).toString('hex'), label].filter(Boolean).join('-');
}
