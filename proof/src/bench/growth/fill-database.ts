import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';

/** `small` takes seconds and is enough for the planner to choose as it would at `full` (11 GB, half an hour). */
export type Scale = 'small' | 'full';

const settings: Record<Scale, Record<string, string>> = {
  full: {
    fraction: '1',
    ...{ words: '70', lessons: '10', more_lessons: '60', exercises: '6' },
    ...{ biggest_lessons: '1000', biggest_exercises: '30' },
  },
  small: {
    fraction: '0.02',
    ...{ words: '12', lessons: '2', more_lessons: '1', exercises: '4' },
    ...{ biggest_lessons: '60', biggest_exercises: '10' },
  },
};

/** Fills the migrated schemas of all services with data.sql, and gathers statistics. Does nothing the second time. */
export async function fillDatabase(
  databaseUrl: string,
  { scale, note }: { scale: Scale; note: (line: string) => void },
): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rowCount } = await client.query("SELECT FROM pg_class WHERE oid = to_regclass('gen.filled')");
    if (rowCount) return;
    await client.query(`SET session_replication_role = replica; SET synchronous_commit = off; SET jit = off;
      SET maintenance_work_mem = '256MB'; SET work_mem = '128MB'; SET max_parallel_workers_per_gather = 0;
      SET max_parallel_maintenance_workers = 0`);
    for (const [name, value] of Object.entries(settings[scale]))
      await client.query('SELECT set_config($1, $2, false)', [`growth.${name}`, value]);
    const parts = (await readFile(join(import.meta.dirname, 'data.sql'), 'utf8')).split(/^-- part: /m);
    for (const part of parts.slice(1)) {
      const started = performance.now();
      const [title = '', ...sql] = part.split('\n');
      // The same data every time.
      await client.query('SELECT setseed(0.5)');
      await client.query(sql.join('\n'));
      note(`data: ${title} (${((performance.now() - started) / 1_000).toFixed(1)} s)`);
    }
    await client.query('RESET session_replication_role');
    await client.query('VACUUM (ANALYZE)');
    await client.query('CREATE TABLE gen.filled ()');
  } finally {
    await client.end();
  }
}
