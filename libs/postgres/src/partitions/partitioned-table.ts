/**
 * A table partitioned by range, with one partition per day or month (UTC) and a DEFAULT partition named
 * `<table>_default`, which takes the rows that no other partition covers, so that an INSERT never fails.
 */
export interface PartitionedTable {
  /** In the schema that the connection's search path names. */
  table: string;
  /** The column that the table is partitioned by: a UUIDv7, whose first 48 bits are a time, or a `date`. */
  key: { column: string; type: 'uuidv7' | 'date' };
  every: 'day' | 'month';
  /** Number of partitions that exist ahead of the current one. */
  ahead: number;
  /**
   * Null keeps the rows for ever. Otherwise a partition is dropped `days` after the end of its range. Rows of partitions
   * that are not dropped that way, DEFAULT and the one without a lower bound, are deleted when `column` (a
   * `timestamptz`) is `days` old.
   */
  retention: { days: number; column: string } | null;
}

/** A range of time: `start` belongs to it, `end` does not. Null is unbounded. */
export interface Range {
  start: Date | null;
  end: Date | null;
}

const dayMs = 86_400_000;

/** The day or month (UTC) that is `offset` after that of `now`. */
export function periodAt(every: 'day' | 'month', now: Date, offset: number): { start: Date; end: Date } {
  const startOf = (steps: number) =>
    every === 'day'
      ? new Date(Math.floor(now.getTime() / dayMs) * dayMs + steps * dayMs)
      : new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + steps, 1));
  return { start: startOf(offset), end: startOf(offset + 1) };
}

/** Name of the partition that begins at `start`: `inbox_20261201`, `answers_202612`. */
export function partitionName({ table, every }: PartitionedTable, start: Date): string {
  const digits = start.toISOString().replaceAll('-', '');
  return `${table}_${digits.slice(0, every === 'day' ? 8 : 6)}`;
}

/** The lowest UUIDv7 that can have been made at `time` or later (RFC 9562: 48 bits of Unix time in ms). */
export function uuidv7Floor(time: Date): string {
  const hex = time.getTime().toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
}

/** A bound as PostgreSQL reads it in FOR VALUES. */
export function boundOf({ key }: PartitionedTable, time: Date): string {
  return key.type === 'date' ? time.toISOString().slice(0, 10) : uuidv7Floor(time);
}

/** The time of a bound that PostgreSQL printed. */
export function timeOfBound({ key }: PartitionedTable, bound: string): Date {
  return key.type === 'date'
    ? new Date(`${bound}T00:00:00Z`)
    : new Date(Number.parseInt(bound.replace('-', '').slice(0, 12), 16));
}

export function overlaps(one: Range, other: Range): boolean {
  const startsBefore = (a: Date | null, b: Date | null) => a === null || b === null || a < b;
  return startsBefore(one.start, other.end) && startsBefore(other.start, one.end);
}
