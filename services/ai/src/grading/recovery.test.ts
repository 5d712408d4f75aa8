import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { submissionOf } from '../testing/events.ts';
import { type Harness, startHarness, type User } from '../testing/harness.ts';
import { resumeGrading } from './resume-grading.ts';
import { runGrading } from './run-grading.ts';

let harness: Harness;
let learner: User;
beforeAll(async () => {
  harness = await startHarness();
});
beforeEach(async () => {
  harness.fake.reset();
  await harness.database.query('DELETE FROM ai.grading_jobs');
  await harness.database.query('DELETE FROM ai_jobs._private_jobs');
  learner = await harness.user();
});
afterAll(() => harness?.stop());

const never = new AbortController().signal;
const run = (jobId: string, signal = never) => runGrading({ jobId }, harness.deps, signal);
const submitted = async (): Promise<string> => {
  await harness.handle(submissionOf(learner));
  const [row] = await harness.database.query<{ id: string }>(
    'SELECT id FROM ai.grading_jobs WHERE user_id = $1',
    [learner.userId],
  );
  return row?.id ?? '';
};
const typesOf = async () => (await harness.events(learner.userId)).map(({ type }) => type);
const rowOf = async (id: string) =>
  (
    await harness.database.query<{ status: string; attempts: number; code: string | null }>(
      'SELECT status, attempts, code FROM ai.grading_jobs WHERE id = $1',
      [id],
    )
  )[0];

test('a grading that runs again after it is done publishes nothing', async () => {
  const id = await submitted();
  await run(id);
  await run(id);
  expect(await typesOf()).toEqual(['invocation.recorded', 'feedback.ready']);
});

test('two concurrent runs of the same grading publish one feedback', async () => {
  const id = await submitted();
  await Promise.all([run(id), run(id), run(id)]);
  expect((await typesOf()).filter((type) => type === 'feedback.ready')).toHaveLength(1);
});

test('a grading whose process died is left alone until its lease expires, then resumed', async () => {
  const id = await submitted();
  await harness.database.query('DELETE FROM ai_jobs._private_jobs');
  await harness.database.query(
    "UPDATE ai.grading_jobs SET status = 'running', attempts = 1, lease_until = now() + interval '1 minute' WHERE id = $1",
    [id],
  );
  await resumeGrading(harness.deps);
  await run(id);
  expect(await harness.jobs()).toEqual([]);
  expect(await typesOf()).toEqual([]);

  await harness.database.query("UPDATE ai.grading_jobs SET lease_until = now() - interval '1 second'");
  await resumeGrading(harness.deps);
  await resumeGrading(harness.deps);
  expect(await harness.jobs()).toMatchObject([{ name: 'grade', payload: { jobId: id } }]);
  await run(id);
  expect(await rowOf(id)).toMatchObject({ status: 'done', attempts: 2 });
});

test('a process that resumes after its grading was taken over and done changes nothing', async () => {
  const id = await submitted();
  const answer = Promise.withResolvers<void>();
  harness.fake.failNext({ until: answer.promise });
  const slow = run(id);
  await harness.until(async () => harness.fake.requests.length === 1);
  await harness.database.query("UPDATE ai.grading_jobs SET lease_until = now() - interval '1 second'");
  await run(id);
  answer.resolve();
  await slow;
  expect((await typesOf()).filter((type) => type === 'feedback.ready')).toHaveLength(1);
  expect(await rowOf(id)).toMatchObject({ status: 'done', attempts: 2 });
});

test('a grading that kills every process that runs it is marked as failed', async () => {
  const id = await submitted();
  await harness.database.query('UPDATE ai.grading_jobs SET attempts = 3 WHERE id = $1', [id]);
  await run(id);
  expect(await rowOf(id)).toMatchObject({ status: 'failed', code: 'internal_error' });
  expect(await typesOf()).toEqual(['job.failed']);
});

test('a process that stops puts its grading back in the queue, and the attempt does not count', async () => {
  const id = await submitted();
  const answer = Promise.withResolvers<void>();
  harness.fake.failNext({ until: answer.promise });
  const stopping = new AbortController();
  const running = run(id, stopping.signal);
  await harness.until(async () => harness.fake.requests.length === 1);
  stopping.abort();
  await running;
  answer.resolve();
  expect(await rowOf(id)).toMatchObject({ status: 'queued', attempts: 0 });
  expect(await harness.jobs()).toMatchObject([{ name: 'grade' }]);
});

test('a payload for an unknown grading ends without an error', async () => {
  await run('01890000-0000-7000-8000-000000000000');
});
