import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createJobRunner } from '@lms/jobs';
import { createMetrics } from '@lms/runtime';
import { bindJobs } from '@lms/service';
import { jobs, schedules } from './jobs.ts';
import { type Harness, startHarness } from './testing/harness.ts';
import { mailsTo } from './testing/inbox.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.stop());

test('the job runner mails what requests have enqueued', async () => {
  const { deps, log } = harness;
  const metrics = createMetrics({ service: 'auth', nodeMetrics: false });
  const handlers = bindJobs(jobs, deps);
  const runner = createJobRunner({ pool: deps.pool, service: 'auth', handlers, schedules, log, metrics });
  await runner.start();
  try {
    const { email } = await harness.register();
    await harness.call('POST', '/auth/password/forgot', { body: { email } });
    const subjects = (await mailsTo(email, 2)).map(({ subject }) => subject);
    expect(subjects.sort()).toEqual(['Confirm your e-mail address', 'Reset your password']);
  } finally {
    await runner.stop();
  }
});

test('every schedule belongs to a job', () => {
  expect(Object.keys(jobs)).toEqual(expect.arrayContaining(Object.keys(schedules)));
});
