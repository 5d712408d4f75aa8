import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type CloudEvent, topicName, topics } from '@lms/events';
import { submissionOf, userDeleted } from '../testing/events.ts';
import { type Harness, startHarness } from '../testing/harness.ts';
import { resumeGrading } from './resume-grading.ts';

let harness: Harness;
const processes: ChildProcess[] = [];
/** Processes that ended unexpectedly. */
const deaths: string[] = [];
beforeAll(async () => {
  harness = await startHarness({ env: { AI_TIMEOUT_MS: '90000' } });
  await harness.ensureTopics();
});
afterAll(async () => {
  for (const child of processes) child.kill('SIGKILL');
  await harness?.stop();
});

/** The service as it runs in production, on the database and topics of this test. */
function startService(): ChildProcess {
  const child = spawn(process.execPath, [join(import.meta.dirname, '../main.ts')], {
    env: { ...harness.environment, PORT: '0', METRICS_PORT: '0', LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  child.once('error', (error) => deaths.push(`the service could not be started: ${error.message}`));
  child.once('exit', (code, signal) => {
    if (signal !== 'SIGKILL')
      deaths.push(`the service exited unexpectedly: ${signal ?? `exit code ${code}`}`);
  });
  processes.push(child);
  return child;
}

/** Waits for a result of the services; fails as soon as one of them exits unexpectedly. */
const untilServiceHas = (isTrue: () => Promise<boolean>) =>
  harness.until(async () => {
    if (deaths[0]) throw new Error(deaths[0]);
    return isTrue();
  });

const count = async (table: string, where = 'true') =>
  (await harness.database.query(`SELECT 1 FROM ai.${table} WHERE ${where}`)).length;

async function published(userId: string): Promise<CloudEvent[]> {
  const events: CloudEvent[] = [];
  const topic = topicName(harness.config.KAFKA_TOPIC_PREFIX, topics.ai);
  await harness.deps.kafka.readAll(topic, ({ value }) => events.push(JSON.parse(value ?? '{}')));
  return events.filter(({ subject }) => subject === userId);
}

test('when a process is killed in the middle of a call, another one grades and publishes one feedback', async () => {
  const learner = await harness.user();
  const submission = submissionOf(learner);
  await harness.handle(submission);
  harness.fake.failNext({ delayMs: 60_000 });
  const first = startService();
  await untilServiceHas(async () => harness.fake.requests.length === 1);
  first.kill('SIGKILL');
  await once(first, 'exit');

  startService();
  // Expires the lease of the dead process.
  await harness.database.query("UPDATE ai.grading_jobs SET lease_until = now() - interval '1 second'");
  await resumeGrading(harness.deps);
  await untilServiceHas(async () => (await count('grading_jobs', "status = 'done'")) === 1);
  await untilServiceHas(async () => (await count('outbox')) === 0);
  await resumeGrading(harness.deps);
  expect(await published(learner.userId)).toMatchObject([
    { type: 'invocation.recorded', data: { outcome: 'ok' } },
    { type: 'feedback.ready', data: { submissionId: submission.data.submissionId } },
  ]);
  expect(harness.fake.requests).toHaveLength(2);

  await harness.handle(userDeleted(learner));
  await untilServiceHas(async () => (await count('outbox')) === 0);
  expect((await published(learner.userId)).at(-1)?.type).toBe('user.erased.ai');
}, 240_000);
