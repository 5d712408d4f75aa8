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
 * Encrypts the output of `pg_dump` and uploads it as a stream, without writing to disk. The manifest describes the
 * rows of the same snapshot. It is uploaded last, because a backup without a manifest does not count as
 * finished.
 * @throws Error when the database or the bucket fails; the part that was uploaded is removed.
 */
export async function createBackup(options: {
  databaseUrl: string;
  bucket: BackupBucket;
  recipients: string[];
  /** The reason for the backup, which becomes part of its name: a-z, 0-9 and hyphens. */
  label: string | null;
  /** Version of the product. */
  version: string;
  /** Environment whose PATH is searched for pg_dump. */
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
      // A failed upload stops reading the stream.
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

/** The restoring user owns everything; settings that only apply to the old server are left out. */
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
