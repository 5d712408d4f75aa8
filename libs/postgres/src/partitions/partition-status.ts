import pg from 'pg';
import { listPartitions, type Queryable } from './list-partitions.ts';
import type { PartitionedTable } from './partitioned-table.ts';

/** State of a partitioned table, for metrics. */
export interface PartitionStatus {
  partitions: number;
  /** End of the time that partitions cover without a gap, from now on; now if nothing covers it. */
  coveredUntil: Date;
  /** Rows in the DEFAULT partition, counted up to 10,000. */
  defaultRows: number;
}

const countedRows = 10_000;

/** Reads the state of a partitioned table, from the catalogue and at most 10,000 rows. */
export async function readPartitionStatus(
  db: Queryable,
  table: PartitionedTable,
  now: Date = new Date(),
): Promise<PartitionStatus> {
  const partitions = await listPartitions(db, table);
  let coveredUntil = now;
  for (const { range } of partitions)
    if (range?.end && (range.start === null || range.start <= coveredUntil) && range.end > coveredUntil)
      coveredUntil = range.end;
  const fallback = partitions.find(({ range }) => range === null);
  return {
    partitions: partitions.length,
    coveredUntil,
    defaultRows: fallback ? await countRows(db, fallback.name) : 0,
  };
}

async function countRows(db: Queryable, name: string): Promise<number> {
  const { rows } = await db.query<{ count: string }>(
    `SELECT count(*) AS count FROM (SELECT FROM ${pg.escapeIdentifier(name)} LIMIT ${countedRows}) AS counted`,
  );
  return Number(rows[0]?.count ?? 0);
}
