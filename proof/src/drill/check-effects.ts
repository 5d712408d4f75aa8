import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { addedColumn } from './releases.ts';

const schemas = ['auth', 'content', 'media', 'ai'];

/** Outcome of the drill's events. */
export interface EffectsReport {
  /** Registered users that have not reached content after waiting. */
  lost: number;
  /** Events that are waiting to be published, and parked events. */
  waiting: number;
  parked: number;
}

/** Waits up to two minutes until every registration has reached content and no event is waiting. */
export async function checkEffects(databaseUrl: string, registered: string[]): Promise<EffectsReport> {
  return withClient(databaseUrl, async (client) => {
    const deadline = performance.now() + 120_000;
    for (;;) {
      const report = await count(client, registered);
      const settled = report.lost === 0 && report.waiting === 0 && report.parked === 0;
      if (settled || performance.now() > deadline) return report;
      await sleep(1_000);
    }
  });
}

async function count(client: pg.Client, registered: string[]): Promise<EffectsReport> {
  const { rows } = await client.query<{ lost: number }>(
    `SELECT count(*)::int AS lost FROM unnest($1::uuid[]) id
     WHERE NOT EXISTS (SELECT FROM content.learners l WHERE l.user_id = id)`,
    [registered],
  );
  const sum = async (table: string) => {
    const counts = schemas.map((schema) => `(SELECT count(*) FROM ${schema}.${table})`).join(' + ');
    const { rows: sums } = await client.query<{ n: number }>(`SELECT (${counts})::int AS n`);
    return sums[0]?.n ?? 0;
  };
  return { lost: rows[0]?.lost ?? 0, waiting: await sum('outbox'), parked: await sum('parked_events') };
}

/** True if the database has the column that release B adds. */
export async function hasAddedColumn(databaseUrl: string): Promise<boolean> {
  return withClient(databaseUrl, async (client) => {
    const { rowCount } = await client.query(
      `SELECT FROM information_schema.columns WHERE table_schema = $1 AND table_name = $2 AND column_name = $3`,
      [addedColumn.schema, addedColumn.table, addedColumn.column],
    );
    return rowCount === 1;
  });
}

/** Marks the failed migrations of content as rolled back, like `prisma migrate resolve --rolled-back`. */
export async function resolveFailedMigrations(databaseUrl: string): Promise<number> {
  return withClient(databaseUrl, async (client) => {
    const { rowCount } = await client.query(
      `UPDATE content."_prisma_migrations" SET rolled_back_at = now() WHERE finished_at IS NULL AND rolled_back_at IS NULL`,
    );
    return rowCount ?? 0;
  });
}

async function withClient<T>(databaseUrl: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: databaseUrl, connectionTimeoutMillis: 30_000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}
