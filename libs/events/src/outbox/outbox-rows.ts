import type pg from 'pg';
import type { LowerBound } from './lower-bound.ts';

export const batchSize = 500;
/** Maximum payload of one batch: all of it may go to one partition, whose batches may have 1 MiB. */
export const maxBatchBytes = 900_000;

/** Rows to read at most ($1), bytes to read at most ($2), published numbers ($3), lowest number ($4). */
export const deleteAndRead = `WITH published AS (DELETE FROM outbox WHERE seq = ANY($3::bigint[]))
           SELECT seq, topic, key, payload, created_at
           FROM (SELECT *, sum(octet_length(payload)) OVER (ORDER BY seq) AS bytes
                 FROM (SELECT * FROM outbox WHERE seq >= $4::bigint AND seq <> ALL($3::bigint[])
                       ORDER BY seq LIMIT $1) AS oldest
                ) AS measured
           WHERE bytes <= $2 OR bytes = octet_length(payload)
           ORDER BY seq`;

export interface OutboxRow {
  seq: string;
  topic: string;
  key: string;
  payload: string;
  created_at: Date;
}

/**
 * Deletes the published rows and returns the oldest remaining ones, in one round trip. For each key the order
 * is that of commits (see `appendEvent`). The SELECT sees the table as it was before the DELETE, so it
 * excludes those rows itself.
 */
export async function deleteAndReadNext(
  client: pg.Client,
  bound: LowerBound,
  published: OutboxRow[],
): Promise<OutboxRow[]> {
  await bound.beforeScan(published);
  const { rows } = await client.query<OutboxRow>({
    name: 'delete-and-read-next',
    text: deleteAndRead,
    values: [batchSize, maxBatchBytes, published.map(({ seq }) => seq), bound.value()],
  });
  bound.afterScan(rows[0]);
  return rows;
}
