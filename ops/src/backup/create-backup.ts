import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { BackupBucket } from './bucket.ts';
import { lockTables, openSession, readFacts, serverVersion } from './database-facts.ts';
import { encryptFor } from './encryption.ts';
import { dumpKey, type Manifest, manifestKey, manifestSchema } from './manifest.ts';
import { createMeter, metered } from './meter.ts';
import { findPostgresClient } from './postgres-client.ts';
import { startProgram } from './start-program.ts';

/**
 * Uploads what `pg_dump` writes of the database, encrypted on the way: nothing is kept on disk. What the
 * manifest says of the rows is of the same snapshot. The manifest comes last: a backup without one does not
 * count.
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
  /** Its PATH is where pg_dump is looked for. */
  env: NodeJS.ProcessEnv;
  now?: Date;
}): Promise<Manifest> {
  const { databaseUrl, bucket, recipients, label, version } = options;
  const startedAt = options.now ?? new Date();
  const name = nameOf(startedAt, label);
  const client = await openSession(databaseUrl, 'lms-backup');
  try {
    const server = await serverVersion(client);
    const program = join(await findPostgresClient(server, options.env), 'pg_dump');
    await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const { rows } = await client.query<{ snapshot: string }>('SELECT pg_export_snapshot() AS snapshot');
    await lockTables(client);
    const schemas = await readFacts(client);
    const args = [...dumpArgs, `--snapshot=${rows[0]?.snapshot}`];
    const dump = startProgram({ program, args, databaseUrl, applicationName: 'lms-backup-dump' });
    const archive = createMeter();
    let file: { bytes: number; sha256: string };
    try {
      const encrypted = await encryptFor(recipients, Readable.from(metered(dump.stdout, archive)));
      // An upload that failed reads it no further.
      encrypted.on('error', () => undefined);
      file = await bucket.putStream(dumpKey(name), encrypted);
      await dump.ended;
    } finally {
      await dump.stop();
    }
    const manifest = manifestSchema.parse({
      format: 2,
      name,
      label,
      startedAt: startedAt.toISOString(),
      finishedAt: new Date().toISOString(),
      version,
      serverVersion: server,
      recipients,
      file: { key: dumpKey(name), ...file },
      archive: archive.result(),
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

/** Who restores owns everything; what only makes sense on the old server stays there. */
const dumpArgs = [
  '--format=custom',
  '--no-owner',
  '--no-privileges',
  '--no-tablespaces',
  '--no-publications',
  '--no-subscriptions',
  '--lock-wait-timeout=30s',
  '--no-password',
];

function nameOf(now: Date, label: string | null): string {
  const stamp = `${now.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
  return [stamp, randomBytes(3).toString('hex'), label].filter(Boolean).join('-');
}
