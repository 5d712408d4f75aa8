import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { deleteOldRows } from './clean-up.ts';
import { runGrading } from './grading/run-grading.ts';
import { recorded, submissionOf } from './testing/events.ts';
import { type Harness, startHarness } from './testing/harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.stop());

const count = async (table: string) => (await harness.database.query(`SELECT 1 FROM ai.${table}`)).length;
const age = (column: string, table: string, days: number) =>
  harness.database.query(`UPDATE ai.${table} SET ${column} = ${column} - make_interval(days => $1)`, [days]);

test('clean-up deletes old rows, and keeps the rest', async () => {
  const learner = await harness.user();
  const { assetId, ready } = await recorded(harness, learner);
  await harness.handle(ready);
  await harness.handle(
    submissionOf(learner, { kind: 'speaking', text: null, assetId, expectedText: 'Hello, my name is Lan.' }),
  );
  const waiting = submissionOf(learner);
  const [grading] = await harness.database.query<{ id: string }>('SELECT id FROM ai.grading_jobs');
  await runGrading({ jobId: grading?.id ?? '' }, harness.deps, new AbortController().signal);
  await harness.handle(waiting);

  await deleteOldRows(harness.deps, new AbortController().signal);
  expect(await Promise.all(['grading_jobs', 'transcripts', 'daily_usage', 'invocations'].map(count))).toEqual(
    [2, 1, 1, 1],
  );

  await age('finished_at', 'grading_jobs', 31);
  await age('created_at', 'grading_jobs', 31);
  await age('created_at', 'transcripts', 31);
  await age('day', 'daily_usage', 9);
  await age('recorded_at', 'invocations', 91);
  await deleteOldRows(harness.deps, new AbortController().signal);
  expect(await Promise.all(['grading_jobs', 'transcripts', 'daily_usage', 'invocations'].map(count))).toEqual(
    [1, 0, 0, 0],
  );
  const [left] = await harness.database.query('SELECT status, submission_id FROM ai.grading_jobs');
  expect(left).toEqual({ status: 'queued', submission_id: waiting.data.submissionId });
});
