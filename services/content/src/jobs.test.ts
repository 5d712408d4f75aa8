import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { jobs, schedules } from './jobs.ts';
import { type Harness, startHarness } from './testing/harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.stop());

const { signal } = new AbortController();
const run = (name: keyof typeof schedules) =>
  jobs[name]({} as never, harness.deps, { log: harness.log, attempt: 1, isLastAttempt: false, signal });

test('every schedule has a job, and every job a schedule or an event', () => {
  expect(Object.keys(jobs).sort()).toEqual([...Object.keys(schedules), 'erase_learner'].sort());
});

test('delete_expired_keys deletes only keys older than a day', async () => {
  await harness.database.query(
    `INSERT INTO content.idempotency_keys (scope, key, request_hash, created_at)
     VALUES ('a', 'old', '', now() - interval '25 hours'), ('a', 'new', '', now() - interval '23 hours')`,
  );
  await run('delete_expired_keys');
  expect(await harness.database.query('SELECT key FROM content.idempotency_keys')).toEqual([{ key: 'new' }]);
});

test('delete_old_weeks keeps the leaderboards of a year', async () => {
  await harness.database.query(
    `INSERT INTO content.weekly_xp (week, user_id, xp)
     SELECT date_trunc('week', now())::date - 7 * weeks, $1::uuid, weeks FROM unnest(ARRAY[0, 52, 54, 400]) AS weeks`,
    [uuidv7()],
  );
  await run('delete_old_weeks');
  expect(await harness.database.query('SELECT xp FROM content.weekly_xp ORDER BY xp')).toEqual([
    { xp: 0 },
    { xp: 52 },
  ]);
});
