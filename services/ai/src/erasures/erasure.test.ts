import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createConsumerTask, topicName, topics } from '@lms/events';
import { createMetrics } from '@lms/runtime';
import { v7 as uuidv7 } from 'uuid';
import { runGrading } from '../grading/run-grading.ts';
import { ai } from '../service.ts';
import { ended, eventOf, recorded, submissionOf, userDeleted } from '../testing/events.ts';
import { type Harness, startHarness, type User } from '../testing/harness.ts';

let harness: Harness;
let learner: User;
beforeAll(async () => {
  harness = await startHarness();
});
beforeEach(async () => {
  harness.fake.reset();
  learner = await harness.user();
});
afterAll(() => harness?.stop());

const tables = ['grading_jobs', 'daily_usage', 'invocations'];
/** Rows of a user in every table, by table. */
async function traces({ userId }: User): Promise<Record<string, number>> {
  const queries = [
    ...tables.map((table) => [table, `SELECT 1 FROM ai.${table} WHERE user_id = $1`] as const),
    ...['recordings', 'transcripts'].map(
      (table) => [table, `SELECT 1 FROM ai.${table} WHERE owner_id = $1`] as const,
    ),
    ['idempotency_keys', `SELECT 1 FROM ai.idempotency_keys WHERE scope LIKE $1::text || ' %'`] as const,
  ];
  const counts = await Promise.all(
    queries.map(async ([table, sql]) => [table, (await harness.database.query(sql, [userId])).length]),
  );
  return Object.fromEntries(counts.filter(([, count]) => Number(count) > 0));
}
const typesOf = async () => (await harness.events(learner.userId)).map(({ type }) => type);
const write = () =>
  harness.call(learner, 'POST', '/ai/writing-feedback', {
    body: { text: 'She go to school.', languageTag: 'en' },
    headers: { 'idempotency-key': 'one' },
  });

describe('erasing a user', () => {
  test('deletes all of their data, and reports it once', async () => {
    const runner = await harness.runJobs();
    const { assetId, ready } = await recorded(harness, learner);
    await harness.handle(ready);
    await write();
    const body = { assetId, expectedText: 'Hello', languageTag: 'en' };
    const speaking = await harness.call(learner, 'POST', '/ai/speaking-feedback', { body });
    await ended(harness, learner, speaking.body.jobId);
    await runner.stop();
    expect(Object.keys(await traces(learner))).toHaveLength(6);

    const event = userDeleted(learner);
    await harness.handle(event);
    await harness.handle({ ...event, id: uuidv7() });
    expect(await traces(learner)).toEqual({});
    const erased = (await harness.events(learner.userId)).filter(({ type }) => type === 'user.erased.ai');
    expect(erased).toMatchObject([{ data: { erasureId: event.data.erasureId, service: 'ai' } }]);
    expect((await write()).body.code).toBe('session_revoked');
  });

  test('with much data is done by a job, batch by batch, and reported at the end', async () => {
    await harness.database.query(
      `INSERT INTO ai.grading_jobs (id, user_id, kind, language_tag, status, lease_until, code, finished_at)
       SELECT uuidv7(), $1, 'writing', 'en', 'failed', now(), 'x', now() FROM generate_series(1, 2300)`,
      [learner.userId],
    );
    const queued = submissionOf(learner);
    await harness.handle(queued);
    await harness.handle(userDeleted(learner));
    const left = await traces(learner);
    expect(left.grading_jobs).toBe(1_301);
    expect(await typesOf()).toEqual([]);
    const [grading] = await harness.database.query<{ id: string }>(
      'SELECT id FROM ai.grading_jobs WHERE user_id = $1 ORDER BY id DESC',
      [learner.userId],
    );
    // Nothing is stored or shown until the job has deleted it.
    await runGrading({ jobId: grading?.id ?? '' }, harness.deps, new AbortController().signal);
    const shown = await harness.call(learner, 'GET', `/ai/jobs/${grading?.id}`);
    expect([shown.status, shown.body.code]).toEqual([401, 'session_revoked']);
    expect(harness.fake.requests).toEqual([]);
    expect(await typesOf()).toEqual([]);
    const runner = await harness.runJobs();
    await harness.until(async () => (await typesOf()).length > 0);
    await runner.stop();
    expect(await typesOf()).toEqual(['user.erased.ai']);
    expect(await traces(learner)).toEqual({});
  });

  test('is not undone by a running grading or late events', async () => {
    const submission = submissionOf(learner);
    await harness.handle(submission);
    const [grading] = await harness.database.query<{ id: string }>(
      'SELECT id FROM ai.grading_jobs WHERE user_id = $1',
      [learner.userId],
    );
    const answer = Promise.withResolvers<void>();
    harness.fake.failNext({ until: answer.promise });
    const running = runGrading({ jobId: grading?.id ?? '' }, harness.deps, new AbortController().signal);
    await harness.until(async () => harness.fake.requests.length === 1);
    await harness.handle(userDeleted(learner));
    answer.resolve();
    await running;
    const { ready } = await recorded(harness, learner);
    await harness.handle(ready);
    await harness.handle(submissionOf(learner));
    expect(await traces(learner)).toEqual({});
    expect(await typesOf()).toEqual(['user.erased.ai']);
  });
});

test('events from Kafka are handled once even if delivered twice, and a revoked session is refused', async () => {
  await harness.ensureTopics();
  const { kafka, prisma } = harness.deps;
  const sessionId = uuidv7();
  const user = await harness.user('learner', sessionId);
  const submission = submissionOf(learner);
  const revokedAt = new Date().toISOString();
  const revoked = eventOf(
    'session.revoked',
    {
      sessionId,
      userId: user.userId,
      reason: 'logout',
      accessTokensExpireAt: new Date(Date.now() + 60_000).toISOString(),
      revokedAt,
    },
    user.userId,
  );
  const task = createConsumerTask({
    kafka,
    topicPrefix: harness.config.KAFKA_TOPIC_PREFIX,
    log: harness.log,
    metrics: createMetrics({ service: 'ai', nodeMetrics: false }),
    service: 'ai',
    consumers: ai.consumers,
    deps: harness.deps,
    runTransaction: (work) => prisma.$transaction(work),
  });
  const runner = await harness.runJobs();
  const producer = await kafka.createProducer();
  await task.start();
  try {
    const message = (event: object, key: string) => ({ key, value: JSON.stringify(event) });
    const prefix = harness.config.KAFKA_TOPIC_PREFIX;
    await send(topicName(prefix, topics.content), [
      message(submission, learner.userId),
      message(submission, learner.userId),
    ]);
    await send(topicName(prefix, topics.auth), [message(revoked, user.userId)]);
    await harness.until(async () => (await typesOf()).includes('feedback.ready'));
    await harness.until(async () => (await harness.call(user, 'GET', '/ai/usage')).status === 401);
    await harness.handle(submission);
    expect((await typesOf()).filter((type) => type === 'feedback.ready')).toHaveLength(1);
  } finally {
    await task.stop();
    await runner.stop();
    await producer.close();
  }

  async function send(topic: string, messages: { key: string; value: string }[]): Promise<void> {
    await producer.send(messages.map((message) => ({ topic, ...message })));
  }
});
