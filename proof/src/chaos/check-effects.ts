import { type Kafka, topicName, topics } from '@lms/events';
import { origins } from '@lms/events/testing';
import type pg from 'pg';

/** One consumer's effects of one kind of event: every committed write must have exactly one. */
export interface EffectCheck {
  consumer: string;
  effects: number;
  /** Committed writes without an effect. */
  lost: number;
  /** Effects beyond the first of a write. */
  twice: number;
  /** Effects of writes that were never committed. */
  unfounded: number;
  /** Effects that followed a later effect of the same key. */
  outOfOrder: number;
}

/** The consumers to check, with the effects of each. */
const kinds = [
  { consumer: 'content (one by one)', schema: 'content', origin: origins.write },
  { consumer: 'ai (in batches)', schema: 'ai', origin: origins.write },
  { consumer: 'content (answers of ai)', schema: 'content', origin: origins.answer },
] as const;

/** Compares committed writes with their effects. */
export async function checkEffects(pool: pg.Pool): Promise<EffectCheck[]> {
  const checks: EffectCheck[] = [];
  for (const { consumer, schema, origin } of kinds) {
    const { rows } = await pool.query<Omit<EffectCheck, 'consumer'>>(
      `WITH done AS (
         SELECT key, number, seq, max(number) OVER (
           PARTITION BY key ORDER BY seq ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS highest
         FROM ${schema}.effects WHERE origin = $1)
       SELECT count(*)::int AS effects,
         (SELECT count(*)::int FROM content.writes w
          WHERE NOT EXISTS (SELECT 1 FROM done d WHERE d.key = w.key AND d.number = w.number)) AS lost,
         (count(*) - count(DISTINCT (key, number)))::int AS twice,
         count(*) FILTER (WHERE NOT EXISTS (
           SELECT 1 FROM content.writes w WHERE w.key = done.key AND w.number = done.number))::int AS unfounded,
         count(*) FILTER (WHERE number <= highest)::int AS "outOfOrder"
       FROM done`,
      [origin],
    );
    checks.push({ consumer, ...(rows[0] as Omit<EffectCheck, 'consumer'>) });
  }
  return checks;
}

/** Rows that are still waiting; all tables are empty when everything was handled. */
export async function countWaiting(pool: pg.Pool): Promise<{ outbox: number; parked: number; lost: number }> {
  const { rows } = await pool.query<{ outbox: number; parked: number }>(
    `SELECT ((SELECT count(*) FROM content.outbox) + (SELECT count(*) FROM ai.outbox))::int AS outbox,
       ((SELECT count(*) FROM content.parked_events) + (SELECT count(*) FROM ai.parked_events))::int AS parked`,
  );
  const checks = await checkEffects(pool);
  return {
    outbox: rows[0]?.outbox ?? 0,
    parked: rows[0]?.parked ?? 0,
    lost: checks.reduce((sum, { lost }) => sum + lost, 0),
  };
}

/** The number of events in Kafka, and the number of duplicates among them. */
export async function countPublished(
  kafka: Kafka,
  prefix: string,
): Promise<{ published: number; again: number }> {
  const ids = new Set<string>();
  let published = 0;
  for (const topic of [topics.content, topics.ai]) {
    await kafka.readAll(topicName(prefix, topic), ({ value }) => {
      ids.add((JSON.parse(value ?? '{}') as { id: string }).id);
      published += 1;
    });
  }
  return { published, again: published - ids.size };
}
