import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { rightAnswer, sampleExercise } from '../exercises/testing/sample-exercises.ts';
import { eventually, startEventFlow } from '../testing/event-flow.ts';
import { eventOf } from '../testing/events.ts';
import { type Harness, startHarness, type User } from '../testing/harness.ts';
import { type PublishedSample, publishSample } from '../testing/sample-course.ts';
import { weekOf } from './learning.ts';

let harness: Harness;
let flow: Awaited<ReturnType<typeof startEventFlow>>;
let sample: PublishedSample;
let exercises: Map<string, string>;
beforeAll(async () => {
  harness = await startHarness();
  flow = await startEventFlow(harness);
  const editor = await harness.user('editor');
  sample = await publishSample(harness, editor);
  const lesson = await harness.call(editor, 'GET', `/lessons/${sample.lessonIds[0]}`);
  exercises = new Map(lesson.body.exercises.map(({ id, kind }: { id: string; kind: string }) => [kind, id]));
});
afterAll(async () => {
  await flow?.stop();
  await harness?.stop();
});

const answer = (user: User, kind: 'mcq' | 'translation' | 'writing', given?: unknown) => {
  const id = exercises.get(kind) as string;
  const body = { answer: given ?? rightAnswer(id, sampleExercise(kind)) };
  return harness.call(user, 'POST', `/exercises/${id}/answers`, { body });
};
/** Checks that the total equals the sum of the courses at any time, also between two events. */
const progressOf = async (user: User) => {
  const { body } = await harness.call(user, 'GET', '/progress');
  const ofCourses = body.items.reduce((sum: number, course: { xp: number }) => sum + course.xp, 0);
  expect([body.xp, body.nextCursor]).toEqual([ofCourses, null]);
  return body;
};
const xpOf = (user: User, xp: number) =>
  eventually(async () => {
    const progress = await progressOf(user);
    return progress.xp === xp ? progress : undefined;
  });
const feedback = (user: User, submissionId: string, score: number) =>
  eventOf('feedback.ready', {
    feedbackId: uuidv7(),
    submissionId,
    userId: user.userId,
    kind: 'writing',
    score,
    provider: 'local',
    feedback: { corrections: [{ from: 'go', to: 'goes' }] },
    createdAt: new Date().toISOString(),
  });

test('answers travel through Kafka into progress, streak, lessons and leaderboard', async () => {
  const user = await harness.user();
  const friend = await harness.user();
  await flow.publish('auth', user.userId, [
    eventOf('user.registered', {
      userId: user.userId,
      role: 'learner',
      locale: 'vi',
      timeZone: 'Asia/Ho_Chi_Minh',
      registeredAt: new Date().toISOString(),
    }),
  ]);
  await eventually(
    async () => (await harness.call(user, 'GET', '/progress/streak')).body.timeZone === 'Asia/Ho_Chi_Minh',
  );
  expect((await harness.call(user, 'GET', '/progress/streak')).body).toMatchObject({
    currentDays: 0,
    longestDays: 0,
    todayDone: false,
    asOf: null,
  });

  // The XP arrives last, so everything else has arrived with it.
  await answer(user, 'translation', { kind: 'translation', text: 'A banana.' });
  await answer(user, 'mcq');
  await answer(user, 'translation');
  await answer(friend, 'mcq');
  const progress = await xpOf(user, 20);
  expect(progress.items).toMatchObject([
    { courseId: sample.courseId, xp: 20, answers: 3, accuracy: 2 / 3, lessonsDone: 0, lessonsTotal: 2 },
  ]);
  expect(Date.parse(progress.asOf)).toBeGreaterThan(Date.now() - 60_000);
  const streak = await harness.call(user, 'GET', '/progress/streak');
  expect(streak.body).toMatchObject({ currentDays: 1, longestDays: 1, todayDone: true });
  const lessons = await harness.call(user, 'GET', `/progress/courses/${sample.courseId}`);
  expect(lessons.body.lessons).toEqual([
    { lessonId: sample.lessonIds[0], completed: false, xp: 20, answers: 3, correctAnswers: 2 },
  ]);

  await xpOf(friend, 10);
  const board = await harness.call(friend, 'GET', '/leaderboards/weekly');
  expect(board.body.week).toBe(weekOf(new Date()));
  expect(board.body.self).toEqual({ rank: 2, xp: 10 });
  expect(board.body.entries).toEqual([
    { rank: 1, xp: 20, isSelf: false, userId: null },
    { rank: 2, xp: 10, isSelf: true, userId: friend.userId },
  ]);
  const earlier = await harness.call(friend, 'GET', '/leaderboards/weekly?week=2026-01-05');
  expect(earlier.body).toEqual({ week: '2026-01-05', entries: [], self: null });
  const sunday = await harness.call(friend, 'GET', '/leaderboards/weekly?week=2026-01-04');
  expect(sunday.body.errors).toEqual([{ path: 'query.week', message: 'must be a Monday' }]);
});

test('a grade from the ai service reaches submission, progress and XP, once', async () => {
  const user = await harness.user();
  const first = await answer(user, 'writing');
  const second = await answer(user, 'writing');
  const graded = feedback(user, first.body.submissionId, 0.8);
  await flow.publish('ai', user.userId, [graded, graded, feedback(user, second.body.submissionId, 0.5)]);
  const submissionOf = async (id: string) => (await harness.call(user, 'GET', `/submissions/${id}`)).body;
  await eventually(async () => (await submissionOf(second.body.submissionId)).status === 'graded');
  expect(await submissionOf(first.body.submissionId)).toMatchObject({
    status: 'graded',
    score: 0.8,
    xp: 12,
    provider: 'local',
    feedback: { corrections: [{ to: 'goes' }] },
    gradedAt: expect.any(String),
  });
  // The second was no better than the first.
  expect(await submissionOf(second.body.submissionId)).toMatchObject({ score: 0.5, xp: 0 });
  const { items } = await eventually(async () => {
    const progress = await progressOf(user);
    return progress.items[0]?.answers === 2 ? progress : undefined;
  });
  expect(items[0]).toMatchObject({ xp: 12, answers: 2, accuracy: 0.5 });

  const list = await harness.call(user, 'GET', '/submissions?limit=1');
  expect(list.body.items).toMatchObject([{ id: second.body.submissionId }]);
  const rest = await harness.call(user, 'GET', `/submissions?cursor=${list.body.nextCursor}`);
  expect(rest.body).toMatchObject({ items: [{ id: first.body.submissionId }], nextCursor: null });
  const stranger = await harness.user();
  expect((await harness.call(stranger, 'GET', `/submissions/${first.body.submissionId}`)).status).toBe(404);
  expect((await harness.call(stranger, 'GET', '/submissions')).body.items).toEqual([]);
});

test('a submission that cannot be graded says why, and can still be graded later', async () => {
  const user = await harness.user();
  const { submissionId } = (await answer(user, 'writing')).body;
  const failed = (code: string) =>
    eventOf('job.failed', {
      jobId: uuidv7(),
      submissionId,
      userId: user.userId,
      code,
      failedAt: new Date().toISOString(),
    });
  const statusOf = async () => (await harness.call(user, 'GET', `/submissions/${submissionId}`)).body;
  await flow.publish('ai', user.userId, [failed('AI_PROVIDER_REQUIRED')]);
  await eventually(async () => (await statusOf()).status === 'unavailable');
  expect(await statusOf()).toMatchObject({ failureCode: 'AI_PROVIDER_REQUIRED', score: null });
  await flow.publish('ai', user.userId, [failed('ai_provider_failed')]);
  await eventually(async () => (await statusOf()).status === 'failed');
  // An event of another user cannot grade it.
  await flow.publish('ai', user.userId, [
    feedback({ ...user, userId: uuidv7() }, submissionId, 1),
    feedback(user, submissionId, 1),
  ]);
  await eventually(async () => (await statusOf()).status === 'graded');
  await xpOf(user, 15);
});

test('nothing remains of an erased user, and late events restore nothing', async () => {
  const user = await harness.user();
  await answer(user, 'mcq');
  await xpOf(user, 10);
  const { submissionId } = (await answer(user, 'writing')).body;
  await harness.call(user, 'POST', `/lessons/${sample.lessonIds[0]}/start`);
  const deletion = eventOf('user.deleted', {
    userId: user.userId,
    erasureId: uuidv7(),
    deletedAt: new Date().toISOString(),
  });
  const [answers] = await Promise.all([
    Promise.all(Array.from({ length: 10 }, () => answer(user, 'translation'))),
    flow.publish('auth', user.userId, [deletion, deletion]),
  ]);
  expect(answers.every(({ status }) => status === 201 || status === 401)).toBe(true);
  await eventually(async () => (await answer(user, 'mcq')).status === 401);
  await flow.publish('ai', user.userId, [feedback(user, submissionId, 1)]);
  // Later events of the same topic are handled after it.
  const marker = await harness.user();
  const { submissionId: marked } = (await answer(marker, 'writing')).body;
  await flow.publish('ai', user.userId, [feedback(marker, marked, 1)]);
  await xpOf(marker, 15);

  const tables = await harness.database.query<{ table_name: string; column_name: string }>(
    `SELECT table_name, column_name FROM information_schema.columns
     WHERE table_schema = 'content' AND data_type = 'uuid' AND table_name <> 'learners'`,
  );
  expect(tables.length).toBeGreaterThan(20);
  for (const { table_name, column_name } of tables) {
    const rows = await harness.database.query(
      `SELECT 1 FROM content."${table_name}" WHERE "${column_name}" = $1`,
      [user.userId],
    );
    expect([table_name, column_name, rows.length]).toEqual([table_name, column_name, 0]);
  }
  const keys = await harness.database.query('SELECT 1 FROM content.idempotency_keys WHERE scope LIKE $1', [
    `%${user.userId}%`,
  ]);
  expect(keys).toEqual([]);
  const [learner] = await harness.database.query(
    'SELECT locale, time_zone, erased_at IS NOT NULL AS erased FROM content.learners WHERE user_id = $1',
    [user.userId],
  );
  expect(learner).toEqual({ locale: null, time_zone: 'UTC', erased: true });
  // The outbox is empty, so the event was published.
  await eventually(async () => (await harness.events(user.userId)).length === 0);
});

test('a revoked session is refused', async () => {
  const sessionId = uuidv7();
  const user = await harness.user('learner', sessionId);
  expect((await harness.call(user, 'GET', '/courses')).status).toBe(200);
  await flow.publish('auth', user.userId, [
    eventOf('session.revoked', {
      sessionId,
      userId: user.userId,
      reason: 'logout',
      accessTokensExpireAt: new Date(Date.now() + 600_000).toISOString(),
      revokedAt: new Date().toISOString(),
    }),
  ]);
  await eventually(async () => (await harness.call(user, 'GET', '/courses')).status === 401);
});
