import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { eventOf } from '../testing/events.ts';
import { type Harness, startHarness, type User } from '../testing/harness.ts';
import { type PublishedSample, publishSample } from '../testing/sample-course.ts';
import { eraseLearner } from './erase-learner.ts';

let harness: Harness;
let sample: PublishedSample;
let user: User;
let submissionId: string;
const answers = 2_300;
beforeAll(async () => {
  harness = await startHarness();
  sample = await publishSample(harness, await harness.user('editor'));
});
afterAll(() => harness?.stop());

const sql = (text: string, ...values: unknown[]) => harness.database.query(text, values);
const count = async (table: string) =>
  Number(
    (await sql(`SELECT count(*) AS count FROM content.${table} WHERE user_id = $1`, user.userId))[0]?.count,
  );
const erased = async () =>
  (await harness.events(user.userId)).filter(({ type }) => type === 'user.erased.content');
const deletion = () =>
  eventOf('user.deleted', {
    userId: user.userId,
    erasureId: uuidv7(),
    deletedAt: new Date().toISOString(),
  });

/** A learner with more rows than one transaction deletes. */
beforeEach(async () => {
  user = await harness.user();
  submissionId = uuidv7();
  await sql(
    `INSERT INTO content.answers (id, user_id, course_id, lesson_id, exercise_id, version_id, kind, answer)
     SELECT uuidv7(), $1, $2, $3, $2, $2, 'mcq', '{"kind": "writing", "text": "x"}' FROM generate_series(1, $4::int)`,
    user.userId,
    sample.courseId,
    sample.lessonIds[0],
    answers,
  );
  await sql(
    `INSERT INTO content.submissions (id, answer_id, user_id, course_id, lesson_id, exercise_id, kind)
     SELECT CASE WHEN n = 1 THEN $2 ELSE uuidv7() END, id, user_id, course_id, lesson_id, exercise_id, 'writing'
     FROM (SELECT *, row_number() OVER (ORDER BY id DESC) AS n FROM content.answers WHERE user_id = $1) a`,
    user.userId,
    submissionId,
  );
  for (const table of ['daily_activity (user_id, day, answers)', 'weekly_xp (week, user_id, xp)'])
    await sql(
      `INSERT INTO content.${table} SELECT ${table.startsWith('daily') ? '$1::uuid, current_date, 1' : "'2026-11-23', $1::uuid, 10"}`,
      user.userId,
    );
});

test('the erasure of a user with much data is reported when all of it is deleted, and only then', async () => {
  await harness.handle(deletion());
  expect(await count('weekly_xp')).toBe(0);
  expect(await count('submissions')).toBeGreaterThan(1_000);
  expect(await erased()).toEqual([]);
  const [job] = (await harness.jobs()).filter(({ payload }) => payload.userId === user.userId);
  expect(job?.name).toBe('erase_learner');
  await eraseLearner(job?.payload as never, harness.deps, new AbortController().signal);
  for (const table of ['submissions', 'answers', 'daily_activity', 'weekly_xp'])
    expect(await count(table)).toBe(0);
  expect(await erased()).toHaveLength(1);
});

test('until then, nothing can be read or written for the user, also by events that arrive late', async () => {
  expect((await harness.call(user, 'GET', `/submissions/${submissionId}`)).status).toBe(200);
  await harness.handle(deletion());
  expect(await count('answers')).toBe(answers);
  expect((await harness.call(user, 'GET', '/submissions')).body.items).toEqual([]);
  expect((await harness.call(user, 'GET', '/progress/streak')).body).toMatchObject({ longestDays: 0 });
  const start = await harness.call(user, 'POST', `/lessons/${sample.lessonIds[0]}/start`);
  expect([start.status, start.body.code]).toEqual([401, 'session_revoked']);
  const [left] = await sql('SELECT id FROM content.submissions WHERE user_id = $1 LIMIT 1', user.userId);
  await harness.handle(
    eventOf('job.failed', {
      jobId: uuidv7(),
      submissionId: left?.id,
      userId: user.userId,
      code: 'ai_provider_failed',
      failedAt: new Date().toISOString(),
    }),
  );
  const recording = { assetId: uuidv7(), ownerId: user.userId, purpose: 'recording' as const };
  await harness.handle(eventOf('asset.deleted', { ...recording, deletedAt: new Date().toISOString() }));
  const changed = await sql(
    "SELECT FROM content.submissions WHERE user_id = $1 AND status <> 'pending'",
    user.userId,
  );
  expect(changed).toEqual([]);
  expect(await sql('SELECT FROM content.media_assets WHERE owner_id = $1', user.userId)).toEqual([]);
});

test('a job that is stopped has kept what it did, and the next one finishes', async () => {
  const event = deletion();
  await harness.handle(event);
  const before = await count('submissions');
  const stop = new AbortController();
  const { transaction } = harness.deps.sql;
  const once: typeof harness.deps.sql = {
    ...harness.deps.sql,
    transaction(...args) {
      stop.abort();
      return transaction(...args) as never;
    },
  };
  await expect(eraseLearner(event.data, { sql: once }, stop.signal)).rejects.toThrow('aborted');
  expect(await count('submissions')).toBeLessThan(before);
  expect(await erased()).toEqual([]);
  await eraseLearner(event.data, harness.deps, new AbortController().signal);
  expect(await erased()).toHaveLength(1);
});
