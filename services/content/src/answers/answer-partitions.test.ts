import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { inboxPartitions } from '@lms/events';
import {
  createPool,
  deleteExpiredIdempotencyKeys,
  listPartitions,
  maintainPartitions,
  migrateDeploy,
  migrateDown,
} from '@lms/postgres';
import { createTestDatabase, eventuallyPasses, type TestDatabase } from '@lms/testing';
import type { Pool } from 'pg';
import { v7 as uuidv7 } from 'uuid';
import { rightAnswer, sampleExercise } from '../exercises/testing/sample-exercises.ts';
import { eraseBatch } from '../learners/erasure-store.ts';
import { type Harness, startHarness } from '../testing/harness.ts';
import { publishSample } from '../testing/sample-course.ts';
import { answerPartitions } from './answer-partitions.ts';

const log = { info: () => undefined, warn: () => undefined };
const dayMs = 86_400_000;
const daysAgo = (days: number) => new Date(Date.now() - days * dayMs);
const insertAnswer = `INSERT INTO answers
  (id, user_id, course_id, lesson_id, exercise_id, version_id, kind, answer, correct, answered_at)
  VALUES ($1, $2, $2, $2, $3, $2, 'mcq', '{}', $4, $5)`;

describe('answers in partitions', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await startHarness();
  });
  afterAll(() => harness?.stop());

  it('of earlier months count for XP, and are erased', async () => {
    const editor = await harness.user('editor');
    const sample = await publishSample(harness, editor);
    const user = await harness.user();
    const lesson = await harness.call(user, 'GET', `/lessons/${sample.lessonIds[0]}`);
    const { id } = lesson.body.exercises.find(({ kind }: { kind: string }) => kind === 'mcq');
    const old = daysAgo(100);
    const store = (correct: boolean) =>
      harness.deps.pool.query(insertAnswer, [
        uuidv7({ msecs: old.getTime() }),
        user.userId,
        id,
        correct,
        old,
      ]);
    const answer = async () => {
      const body = { answer: rightAnswer(id, sampleExercise('mcq')) };
      return (await harness.call(user, 'POST', `/exercises/${id}/answers`, { body })).body.xp;
    };
    await store(false);
    await store(true);
    // Practice earns less than the first right answer, and once a day.
    expect(await answer()).toBe(2);
    expect(await answer()).toBe(0);
    const stored = () =>
      harness.database.query(
        `SELECT DISTINCT tableoid FROM content.answers WHERE user_id = $1
         UNION ALL SELECT tableoid FROM content.exercise_results WHERE user_id = $1`,
        [user.userId],
      );
    const nextYear = new Date(Date.now() + 365 * dayMs);
    await harness.deps.pool.query(insertAnswer, [
      uuidv7({ msecs: nextYear.getTime() }),
      user.userId,
      id,
      true,
      nextYear,
    ]);
    // Two partitions, and the result.
    expect(await stored()).toHaveLength(3);
    await harness.deps.pool.query('UPDATE learners SET erased_at = now() WHERE user_id = $1', [user.userId]);
    while ((await eraseBatch(harness.deps.sql, user.userId, 2)) > 0);
    expect(await stored()).toEqual([]);
  });

  it('have the partitions of the next months, so that their default partition stays empty', async () => {
    const { pool } = harness.deps;
    const names = (await listPartitions(pool, answerPartitions)).map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining(['answers_first', expect.stringMatching(/^answers_\d{6}$/), 'answers_default']),
    );
    const nextYear = new Date(Date.now() + 365 * dayMs);
    const tables = [answerPartitions, inboxPartitions];
    const { created, dropped, postponed } = await maintainPartitions({ pool, tables, log, now: nextYear });
    expect([created.filter((name) => name.startsWith('answers')).length, postponed]).toEqual([4, []]);
    expect(dropped.filter((name) => name.startsWith('answers'))).toEqual([]);
    const id = uuidv7({ msecs: nextYear.getTime() });
    await pool.query(insertAnswer, [id, uuidv7(), uuidv7(), true, nextYear]);
    expect((await pool.query('SELECT 1 FROM answers_default')).rowCount).toBe(0);
  });
});

describe('a database of the previous release', () => {
  const migrationsDir = join(import.meta.dirname, '../../prisma/migrations');
  const before = readdirSync(migrationsDir)
    .filter((name) => name < '20261201' && name > '2')
    .sort()
    .at(-1) as string;
  const schema = 'content';
  let database: TestDatabase;
  let pool: Pool;
  beforeEach(async () => {
    database = await createTestDatabase('content');
    const { databaseUrl } = database;
    pool = createPool({
      ...{ databaseUrl, schema, poolSize: 4, connectTimeoutMs: 3_000 },
      ...{ applicationName: 'test', log },
    });
    await up();
    await down();
  });
  afterEach(async () => {
    await pool.end();
    await database.drop();
  });

  const up = () => migrateDeploy({ databaseUrl: database.databaseUrl, schema, migrationsDir, log });
  const down = () =>
    migrateDown({ databaseUrl: database.databaseUrl, schema, migrationsDir, log, to: before });
  const count = async (sql: string, values: unknown[] = []) =>
    Number((await pool.query(`SELECT count(*) AS n FROM ${sql}`, values)).rows[0].n);
  /** Statements of release 0.1.0. */
  const take = async (ids: string[]) =>
    (
      await pool.query(
        `INSERT INTO inbox (consumer, event_id) SELECT $1, id FROM unnest($2::uuid[]) AS id
         ON CONFLICT DO NOTHING RETURNING event_id::text`,
        ['c', ids],
      )
    ).rowCount;
  const claim = async (key: string, scope = 'user-1 POST /x') =>
    (
      await pool.query(
        'INSERT INTO idempotency_keys (scope, key, request_hash) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
        [scope, key, 'h'],
      )
    ).rowCount;
  const submit = (answerId: string) =>
    pool.query(
      `INSERT INTO submissions (id, answer_id, user_id, course_id, lesson_id, exercise_id, kind)
       VALUES ($1, $2, $1, $1, $1, $1, 'writing')`,
      [uuidv7(), answerId],
    );

  it('keeps every row through the migration and back, while the previous release writes', async () => {
    const [user, exercise] = [uuidv7(), uuidv7()];
    let writing = true;
    let written = 0;
    const write = async () => {
      const id = uuidv7();
      expect(await take([id])).toBe(1);
      expect(await claim(id)).toBe(1);
      await pool.query(insertAnswer, [id, user, exercise, written % 2 === 0, daysAgo(written % 3)]);
      await submit(id);
      written += 1;
    };
    for (let n = 0; n < 20; n += 1) await write();
    const writer = (async () => {
      while (writing) await write();
    })();
    const checkAll = async () => {
      for (const table of ['inbox', 'idempotency_keys', 'answers', 'submissions'])
        expect([table, await count(table)]).toEqual([table, written]);
    };
    try {
      await up();
      const migrated = written;
      await eventuallyPasses('the previous release writes to the new schema', () =>
        expect(written).toBeGreaterThan(migrated + 10),
      );
    } finally {
      writing = false;
      await writer;
    }
    await checkAll();
    expect((await pool.query('SELECT * FROM exercise_results')).rows).toEqual(
      (
        await pool.query(
          `SELECT user_id, exercise_id, min(answered_at) AS first_correct_at, max(answered_at) AS last_correct_at
           FROM answers WHERE correct GROUP BY 1, 2`,
        )
      ).rows,
    );
    await maintainPartitions({ pool, tables: [inboxPartitions, answerPartitions], log });
    await down();
    await checkAll();
    await write();
    await up();
    await checkAll();
  });

  it('lets the previous release do all it does, and finds what it left', async () => {
    await up();
    const ids = [uuidv7(), uuidv7()];
    expect([await take(ids), await take(ids)]).toEqual([2, 0]);
    expect([await claim('a'), await claim('a'), await claim('a', 'user-2 POST /x')]).toEqual([1, 0, 1]);
    await pool.query(`UPDATE inbox SET handled_at = now() - interval '36 days' WHERE event_id = $1`, [
      ids[0],
    ]);
    const cleaned = await pool.query(
      `DELETE FROM inbox WHERE (consumer, event_id) IN (
         SELECT consumer, event_id FROM inbox WHERE handled_at < now() - 35 * interval '1 day'
         LIMIT 10000 FOR UPDATE SKIP LOCKED)`,
    );
    expect([cleaned.rowCount, await take(ids)]).toEqual([1, 1]);
    await pool.query(
      `UPDATE idempotency_keys SET created_at = now() - interval '25 hours' WHERE scope LIKE 'user-1 %'`,
    );
    const expired = await pool.query(
      `DELETE FROM idempotency_keys WHERE (scope, key) IN (
         SELECT scope, key FROM idempotency_keys WHERE created_at < now() - interval '1 day'
         ORDER BY created_at LIMIT 10000 FOR UPDATE SKIP LOCKED)`,
    );
    expect([expired.rowCount, await count('idempotency_keys')]).toEqual([1, 1]);

    const [user, exercise, answer] = [uuidv7(), uuidv7(), uuidv7()];
    const correct = `answers WHERE user_id = $1 AND exercise_id = $2 AND correct`;
    await pool.query(insertAnswer, [answer, user, exercise, null, new Date()]);
    expect(await count('exercise_results')).toBe(0);
    await pool.query('UPDATE answers SET correct = true, xp = 9 WHERE id = $1', [answer]);
    expect([await count(correct, [user, exercise]), await count('exercise_results')]).toEqual([1, 1]);
    await submit(answer);
    await expect(submit(uuidv7())).rejects.toThrow('submissions_answer_id_fkey');
    await expect(pool.query('UPDATE answers SET xp = -1')).rejects.toThrow('answers_xp_check');

    // It erases a learner without knowing of exercise_results.
    await pool.query('INSERT INTO learners (user_id, updated_at) VALUES ($1, now())', [user]);
    await pool.query('UPDATE learners SET erased_at = coalesce(erased_at, now()) WHERE user_id = $1', [user]);
    await pool.query('DELETE FROM answers WHERE user_id = $1', [user]);
    expect([await count('exercise_results'), await count('submissions')]).toEqual([0, 0]);
  });

  it('finds a user’s keys by an index, and expired keys in batches', async () => {
    await up();
    await pool.query(
      `INSERT INTO idempotency_keys (scope, key, request_hash, created_at)
       SELECT 'user-' || n || ' POST /x', n::text, 'h', now() - n % 2 * interval '25 hours' FROM generate_series(1, 50000) n`,
    );
    await pool.query('VACUUM ANALYZE idempotency_keys');
    const plan = await pool.query<{ 'QUERY PLAN': string }>(
      `EXPLAIN DELETE FROM idempotency_keys WHERE scope LIKE 'user-77 %'`,
    );
    expect(plan.rows.map((row) => row['QUERY PLAN']).join('\n')).toMatch(
      /Index Scan using idempotency_keys_scope_key_key.*~>=~/s,
    );
    const tx = {
      $queryRawUnsafe: async <T>(sql: string, ...values: unknown[]) =>
        (await pool.query(sql, values)).rows as T,
      $executeRawUnsafe: async (sql: string, ...values: unknown[]) =>
        (await pool.query(sql, values)).rowCount ?? 0,
    };
    await expect(deleteExpiredIdempotencyKeys(tx)).resolves.toBe(25_000);
    expect(await count('idempotency_keys')).toBe(25_000);
  });
});
