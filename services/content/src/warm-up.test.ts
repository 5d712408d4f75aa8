import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createPool, createSql } from '@lms/postgres';
import type { Pool } from 'pg';
import { type Harness, startHarness } from './testing/harness.ts';
import { warmUp } from './warm-up.ts';

let harness: Harness;
let pool: Pool;
beforeAll(async () => {
  harness = await startHarness();
  // One connection, whose prepared statements can be read through the same pool.
  pool = createPool({
    databaseUrl: harness.config.DATABASE_URL,
    schema: 'content',
    poolSize: 1,
    connectTimeoutMs: 5_000,
    applicationName: 'test',
    log: harness.log,
  });
});
afterAll(async () => {
  await pool?.end();
  await harness?.stop();
});

test('prepares the statements of the busiest routes and leaves nothing behind', async () => {
  const sql = createSql(pool);
  await warmUp({ sql });
  const prepared = await sql.$queryRawUnsafe<{ statement: string }[]>(
    'SELECT statement FROM pg_prepared_statements',
  );
  const statements = prepared.map(({ statement }) => statement).join('\n');
  for (const part of ['take_answer(', 'INSERT INTO outbox', 'version_lessons', 'content_ids', 'lesson_count'])
    expect(statements).toContain(part);
  const rows = await sql.$queryRawUnsafe(
    `SELECT 1 FROM learners UNION ALL SELECT 1 FROM answers
     UNION ALL SELECT 1 FROM enrollments UNION ALL SELECT 1 FROM outbox`,
  );
  expect(rows).toEqual([]);
});
