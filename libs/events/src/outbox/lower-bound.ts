import type pg from 'pg';

/** The bound is raised after so many rows have been published: what a scan walks in vain stays about this small. */
const raiseAfter = 1_000;
/** How often the writers that the bound waits for are looked up, at most, in ms. */
const lookEveryMs = 20;

/**
 * The lowest sequence number at which the outbox can still have a row. A deleted row stays in the table and in its
 * index while any snapshot is open that could see it, for example a backup's; a scan that began at 0 would walk all of
 * them again for each batch.
 */
export interface LowerBound {
  value(): string;
  /** Call before each scan, with the rows that were published since the last one. */
  beforeScan(published: readonly { seq: string }[]): Promise<void>;
  /** Call after each scan from `value()`, with the first row it found. */
  afterScan(first: { seq: string } | undefined): void;
}

/**
 * A number is drawn before its row is committed, so a row below one that was published may still appear. It is the
 * row of a transaction that runs now, and that holds a lock on the table: INSERT takes it before it draws a number and
 * keeps it until the transaction has ended and its rows are visible. So once every transaction that held this lock after
 * number N had been drawn has ended, no further row at or below N can appear, and a scan that begins then finds all
 * that are left. Other long transactions, readers and backups do not delay the bound. (The sequence has no cache: a
 * session that keeps numbers for later would break this.)
 *
 * The bound is forgotten with the connection, and the next session begins at 0: the server may then be another one.
 */
export function createLowerBound(client: pg.Client): LowerBound {
  let bound = 0n;
  /** Drawn already. */
  let highest: bigint | undefined;
  let passed = raiseAfter;
  let lookAt = 0;
  /** `writers`: those whose end is awaited; undefined when they all have ended. */
  let next: { upTo: bigint; writers: string[] | undefined } | undefined;

  return {
    value: () => String(bound),
    async beforeScan(published) {
      passed += published.length;
      highest ??= await findLastNumber(client);
      for (const { seq } of published) if (BigInt(seq) > highest) highest = BigInt(seq);
      const now = Date.now();
      if (now < lookAt || (next ? !next.writers : passed < raiseAfter)) return;
      lookAt = now + lookEveryMs;
      if (!next) {
        passed = 0;
        const writers = await findWriters(client);
        next = { upTo: highest, writers: writers.length > 0 ? writers : undefined };
        return;
      }
      const left = new Set(await findWriters(client));
      const waiting = next.writers?.filter((writer) => left.has(writer) || left.has(prepared)) ?? [];
      next.writers = waiting.length > 0 ? waiting : undefined;
    },
    afterScan(first) {
      if (!next || next.writers) return;
      const end = next.upTo + 1n;
      bound = first && BigInt(first.seq) < end ? BigInt(first.seq) : end;
      next = undefined;
    },
  };
}

/** Stands for transactions that are prepared for a two-phase commit, which have another name than before. */
const prepared = 'prepared';

async function findLastNumber(client: pg.Client): Promise<bigint> {
  const { rows } = await client.query<{ last: string | null }>(
    "SELECT pg_sequence_last_value(pg_get_serial_sequence('outbox', 'seq')::regclass) AS last",
  );
  return BigInt(rows[0]?.last ?? 0);
}

/** Transactions that have written to the outbox, or are about to, by their virtual ids. */
async function findWriters(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ writer: string }>({
    name: 'find-writers',
    text: `SELECT DISTINCT CASE WHEN pid IS NULL THEN '${prepared}' ELSE virtualtransaction END AS writer
           FROM pg_locks
           WHERE locktype = 'relation' AND relation = 'outbox'::regclass AND mode = 'RowExclusiveLock' AND granted
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
             AND pid IS DISTINCT FROM pg_backend_pid()`,
  });
  return rows.map(({ writer }) => writer);
}
