import pg, { type Pool, type PoolClient } from 'pg';
import { sqlStateOf } from '../database-errors.ts';
import { listPartitions, type Partition } from './list-partitions.ts';
import { boundOf, overlaps, type PartitionedTable, partitionName, periodAt } from './partitioned-table.ts';

/** What a run changed. At `postponed` it stopped, with a table that is locked or changed by another process. */
export interface PartitionChanges {
  created: string[];
  dropped: string[];
  postponed: string[];
  /** Rows deleted one by one, from partitions that are not dropped. */
  deletedRows: number;
}

export interface MaintenanceLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}

/**
 * Longest wait for the lock on a table, in ms. Statements that arrive meanwhile queue up behind this one, so a request
 * waits at most so much longer.
 */
const lockTimeoutMs = 1_000;
/** Longest time for one change, in ms: attaching a partition reads the DEFAULT partition, which should be empty. */
const statementTimeoutMs = 10_000;
const deleteBatch = 10_000;
const dayMs = 86_400_000;

/**
 * Creates the partitions that are missing up to `ahead`, drops those whose rows have expired, and deletes expired rows
 * where no partition can be dropped. Run it on a schedule; it may run in several processes at once, and each change is
 * a transaction of its own, so a run that is interrupted is continued by the next one. It waits for no lock longer than
 * a second.
 *
 * A range for which the DEFAULT partition has rows already gets no partition: its rows stay there until they expire, or
 * until an operator moves them (docs/runbooks/partitioned-tables.md).
 * @param options.now The time that decides; only tests pass it.
 * @throws the driver's error if a change fails for another reason than a lock; the changes before it are kept.
 */
export async function maintainPartitions(options: {
  pool: Pool;
  tables: readonly PartitionedTable[];
  log: MaintenanceLog;
  now?: Date;
}): Promise<PartitionChanges> {
  const { pool, tables, log, now = new Date() } = options;
  const changes: PartitionChanges = { created: [], dropped: [], postponed: [], deletedRows: 0 };
  const client = await pool.connect();
  try {
    for (const table of tables) {
      await createAhead({ client, table, now, changes, log });
      await expire({ client, table, now, changes, log });
    }
  } finally {
    client.release();
  }
  if (changes.created.length + changes.dropped.length + changes.deletedRows > 0)
    log.info(changes, 'partitions maintained');
  return changes;
}

interface Run {
  client: PoolClient;
  table: PartitionedTable;
  now: Date;
  changes: PartitionChanges;
  log: MaintenanceLog;
}

async function createAhead(run: Run): Promise<void> {
  const { client, table, now, changes, log } = run;
  for (let offset = 0; offset <= table.ahead; offset += 1) {
    const range = periodAt(table.every, now, offset);
    const isCovered = (partitions: Partition[]) =>
      partitions.some((partition) => partition.range && overlaps(partition.range, range));
    if (isCovered(await listPartitions(client, table))) continue;
    const name = partitionName(table, range.start);
    const outcome = await change(run, name, async () => {
      const partitions = await listPartitions(client, table);
      if (isCovered(partitions)) return false;
      const [from, to] = [range.start, range.end].map((time) => pg.escapeLiteral(boundOf(table, time)));
      const fallback = partitions.find((partition) => !partition.range);
      if (fallback && (await hasRows(client, { table, fallback, from, to }))) {
        log.warn({ table: table.table, partition: name }, 'the default partition has rows of this range');
        return false;
      }
      // Attaching locks the parent less than CREATE TABLE … PARTITION OF, which makes every statement wait.
      await client.query(`CREATE TABLE ${quoted(name)} (LIKE ${quoted(table.table)} INCLUDING ALL)`);
      await client.query(
        `ALTER TABLE ${quoted(table.table)} ATTACH PARTITION ${quoted(name)} FOR VALUES FROM (${from}) TO (${to})`,
      );
      return true;
    });
    if (outcome === 'postponed') return;
    if (outcome === 'changed') changes.created.push(name);
  }
}

async function hasRows(
  client: PoolClient,
  range: { table: PartitionedTable; fallback: Partition; from: string | undefined; to: string | undefined },
): Promise<boolean> {
  const column = quoted(range.table.key.column);
  const { rows } = await client.query<{ found: boolean }>(
    `SELECT EXISTS (SELECT FROM ${quoted(range.fallback.name)}
       WHERE ${column} >= ${range.from} AND ${column} < ${range.to}) AS found`,
  );
  return rows[0]?.found === true;
}

async function expire(run: Run): Promise<void> {
  const { client, table, now, changes } = run;
  if (!table.retention) return;
  const { days, column } = table.retention;
  const cutoff = new Date(now.getTime() - days * dayMs);
  const hasExpired = ({ range }: Partition) => Boolean(range?.end && range.end <= cutoff);
  for (const partition of await listPartitions(client, table)) {
    const { name, range } = partition;
    if (hasExpired(partition)) {
      const outcome = await change(run, name, async () => {
        if (!(await listPartitions(client, table)).some((one) => one.name === name)) return false;
        await client.query(`DROP TABLE ${quoted(name)}`);
        return true;
      });
      if (outcome === 'postponed') return;
      if (outcome === 'changed') changes.dropped.push(name);
    } else if (range === null || range.start === null)
      changes.deletedRows += await deleteExpired(client, { name, column, cutoff });
  }
}

/** Deletes rows in statements of 10,000, each of which commits on its own. */
async function deleteExpired(
  client: PoolClient,
  { name, column, cutoff }: { name: string; column: string; cutoff: Date },
): Promise<number> {
  let total = 0;
  for (;;) {
    const { rowCount } = await client.query(
      `DELETE FROM ${quoted(name)} WHERE ctid = ANY (ARRAY(
         SELECT ctid FROM ${quoted(name)} WHERE ${quoted(column)} < $1 LIMIT ${deleteBatch} FOR UPDATE SKIP LOCKED))`,
      [cutoff.toISOString()],
    );
    total += rowCount ?? 0;
    if ((rowCount ?? 0) < deleteBatch) return total;
  }
}

/**
 * Runs one change in a transaction, unless another process is changing partitions or a table is locked: then the rest of
 * the table's changes is left to the next run, too, so that its requests wait once. `work` returns whether it changed
 * anything.
 */
async function change(
  { client, changes, log }: Run,
  name: string,
  work: () => Promise<boolean>,
): Promise<'changed' | 'unchanged' | 'postponed'> {
  try {
    await client.query('BEGIN');
    await client.query(`SET LOCAL lock_timeout = ${lockTimeoutMs}`);
    await client.query(`SET LOCAL statement_timeout = ${statementTimeoutMs}`);
    const { rows } = await client.query<{ locked: boolean }>(
      `SELECT pg_try_advisory_xact_lock(hashtextextended('partitions:' || current_schema(), 0)) AS locked`,
    );
    const isAlone = rows[0]?.locked === true;
    const changed = isAlone && (await work());
    await client.query('COMMIT');
    if (isAlone) return changed ? 'changed' : 'unchanged';
  } catch (error) {
    await client.query('ROLLBACK');
    const lockNotAvailable = '55P03';
    if (sqlStateOf(error) !== lockNotAvailable) throw error;
    log.warn({ partition: name }, 'a table was locked; the partition is left to the next run');
  }
  changes.postponed.push(name);
  return 'postponed';
}

const quoted = (name: string) => pg.escapeIdentifier(name);
