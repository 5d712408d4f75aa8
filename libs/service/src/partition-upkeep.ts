import { inboxPartitions } from '@lms/events';
import type { JobHandler } from '@lms/jobs';
import {
  maintainPartitions,
  type PartitionedTable,
  type PartitionStatus,
  readPartitionStatus,
} from '@lms/postgres';
import { Gauge, type Logger, type Metrics } from '@lms/runtime';
import type { Pool } from 'pg';

/** Name of the job that every service with a database has in addition to its own. */
export const partitionJob = 'maintain_partitions';
/** Cron (UTC): once an hour, so that a run that could not lock a table is soon followed by another. */
export const partitionSchedule = '7 * * * *';

/** The partitioned tables of a service: the inbox, and those that it declares. */
export function partitionedTablesOf(database: {
  partitionedTables?: readonly PartitionedTable[];
}): readonly PartitionedTable[] {
  return [inboxPartitions, ...(database.partitionedTables ?? [])];
}

/** The job that creates and drops partitions of `tables`. */
export function partitionJobHandler(pool: Pool, tables: readonly PartitionedTable[]): JobHandler<never> {
  return async (_payload, { log }) => void (await maintainPartitions({ pool, tables, log }));
}

/**
 * Gauges of the state of `tables`, read from the database at each scrape. They have no value while the database does not
 * answer.
 */
export function observePartitions(options: {
  pool: Pool;
  tables: readonly PartitionedTable[];
  metrics: Metrics;
  log: Logger;
}): void {
  const { pool, tables, log, metrics } = options;
  let reading: Promise<Map<string, PartitionStatus>> | undefined;
  // A scrape asks all gauges at once: they share what is read.
  const readAll = () => {
    reading ??= readStates({ pool, tables, log }).finally(() => {
      reading = undefined;
    });
    return reading;
  };
  const collect = (pick: (status: PartitionStatus) => number) =>
    async function collectStatus(this: Gauge<'table'>) {
      const states = await readAll();
      this.reset();
      for (const [table, status] of states) this.set({ table }, pick(status));
    };
  const registers = [metrics.registry];
  new Gauge({
    name: 'partitions_covered_until_timestamp_seconds',
    help: 'End of the time for which a table has partitions',
    labelNames: ['table'],
    registers,
    collect: collect(({ coveredUntil }) => coveredUntil.getTime() / 1_000),
  });
  new Gauge({
    name: 'partitions_default_rows',
    help: 'Rows in the DEFAULT partition, counted up to 10,000; few while partitions are created in time',
    labelNames: ['table'],
    registers,
    collect: collect(({ defaultRows }) => defaultRows),
  });
}

/** The states of the tables that could be read, by name. */
async function readStates(options: {
  pool: Pool;
  tables: readonly PartitionedTable[];
  log: Logger;
}): Promise<Map<string, PartitionStatus>> {
  const states = new Map<string, PartitionStatus>();
  for (const table of options.tables) {
    try {
      states.set(table.table, await readPartitionStatus(options.pool, table));
    } catch (err) {
      options.log.debug({ err, table: table.table }, 'the state of a partitioned table could not be read');
    }
  }
  return states;
}
