import type { PoolClient } from 'pg';
import { type PartitionedTable, type Range, timeOfBound } from './partitioned-table.ts';

/** A partition of a table. `range` is null for the DEFAULT partition. */
export interface Partition {
  name: string;
  range: Range | null;
}

/** What listing needs: a pool or one of its connections. */
export type Queryable = Pick<PoolClient, 'query'>;

/**
 * The partitions of a table in order of their ranges, DEFAULT last.
 * @throws Error if the table does not exist, is not partitioned, or has a bound of another kind than `table.key`.
 */
export async function listPartitions(db: Queryable, table: PartitionedTable): Promise<Partition[]> {
  const { rows } = await db.query<{ name: string | null; bound: string | null }>({
    text: `SELECT c.relname::text AS name, pg_get_expr(c.relpartbound, c.oid) AS bound
      FROM pg_class p JOIN pg_namespace n ON n.oid = p.relnamespace
      LEFT JOIN pg_inherits i ON i.inhparent = p.oid LEFT JOIN pg_class c ON c.oid = i.inhrelid
      WHERE p.relname = $1 AND n.nspname = current_schema() AND p.relkind = 'p'`,
    values: [table.table],
  });
  if (rows.length === 0) throw new Error(`${table.table} is not a partitioned table of this schema`);
  const partitions = rows.flatMap(({ name, bound }) =>
    name && bound ? [{ name, range: rangeOf(table, bound) }] : [],
  );
  const endOf = ({ range }: Partition) => (range ? (range.end?.getTime() ?? Infinity) : Infinity);
  return partitions.sort((a, b) => Number(!a.range) - Number(!b.range) || endOf(a) - endOf(b));
}

function rangeOf(table: PartitionedTable, bound: string): Range | null {
  if (bound === 'DEFAULT') return null;
  const [, from, to] = /^FOR VALUES FROM \((MINVALUE|'[^']+')\) TO \((MAXVALUE|'[^']+')\)$/.exec(bound) ?? [];
  if (!from || !to) throw new Error(`${table.table} has a partition with the bound ${bound}`);
  const time = (text: string) => (text.startsWith("'") ? timeOfBound(table, text.slice(1, -1)) : null);
  return { start: time(from), end: time(to) };
}
