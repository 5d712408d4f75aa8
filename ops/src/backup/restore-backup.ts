import { finished } from 'node:stream/promises';
import type pg from 'pg';
import { type CopyStreamQuery, from as copyFrom } from 'pg-copy-streams';
import { readTableColumns } from '../schema/schema-ddl.ts';
import type { BackupBucket } from './bucket.ts';
import { copyRows, fingerprintOf, listSchemas, openSession } from './dump-database.ts';
import type { DumpPart } from './dump-format.ts';
import type { Manifest } from './manifest.ts';
import { openBackup } from './read-backup.ts';

/**
 * Restores a backup into an empty database, in one transaction: it is there whole, or not at all. Before the
 * end everything is read again and compared with the manifest: what the schemas are made of, and every row.
 * @throws Error when the database is not empty, the identity does not fit, or anything differs.
 */
export async function restoreBackup(options: {
  databaseUrl: string;
  bucket: BackupBucket;
  manifest: Manifest;
  identity: string;
}): Promise<{ tables: number; rows: number }> {
  const { bucket, manifest, identity } = options;
  const client = await openSession(options.databaseUrl, 'lms-restore');
  try {
    await client.query('BEGIN');
    const there = await listSchemas(client);
    if (there.length > 0)
      throw new Error(
        `the database is not empty: it has the schemas ${there.join(', ')}; restore into a new one`,
      );
    await load(client, openBackup(bucket, manifest, identity));
    const restored = await compare(client, manifest);
    await client.query('COMMIT');
    await client.query('ANALYZE');
    return restored;
  } finally {
    // Ends the transaction when it was not committed.
    await client.end();
  }
}

async function load(client: pg.Client, parts: AsyncIterable<DumpPart>): Promise<void> {
  let copy: CopyStreamQuery | undefined;
  for await (const part of parts) {
    if (part.kind === 'sql') await client.query(part.sql);
    else if (part.kind === 'table') {
      copy = client.query(copyFrom(part.copy));
      // Reported where it is waited for; a stream without a listener would end the process.
      copy.on('error', () => undefined);
    } else if (copy) {
      const stream = copy;
      if (part.kind === 'rows') await written(stream, part.bytes);
      else await finished(stream.end());
    }
  }
}

function written(stream: CopyStreamQuery, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(bytes, (error) => (error ? reject(error) : resolve()));
  });
}

/** Compares a restored database with the manifest of its backup. */
async function compare(client: pg.Client, manifest: Manifest): Promise<{ tables: number; rows: number }> {
  let tables = 0;
  let rows = 0;
  for (const schema of manifest.schemas) {
    if ((await fingerprintOf(client, schema.name)) !== schema.fingerprint)
      throw new Error(`the schema ${schema.name} did not come out as it was`);
    for (const table of await readTableColumns(client, schema.name)) {
      const counted = copyRows(client, table);
      for await (const _chunk of counted.rows);
      const found = counted.result();
      const expected = schema.tables.find(({ name }) => name === table.table);
      if (found.rows !== expected?.rows || found.sha256 !== expected.sha256)
        throw new Error(`the rows of ${schema.name}.${table.table} did not come out as they were`);
      tables += 1;
      rows += found.rows;
    }
  }
  return { tables, rows };
}
