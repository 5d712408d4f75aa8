import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventuallyPasses } from '@lms/testing';
import { v7 as uuidv7 } from 'uuid';
import type { Exercise } from '../exercises/exercise-kinds.ts';
import { rightAnswer, sampleExercise } from '../exercises/testing/sample-exercises.ts';
import { closeAttempt, lockOpenAttempt } from '../lessons/attempt-store.ts';
import { onAssetDeleted, onAssetReady } from '../media/on-asset-events.ts';
import { eventOf, handle } from '../testing/events.ts';
import { type Harness, startHarness, type User } from '../testing/harness.ts';
import { importZip, type PublishedSample, publishSample, zipOfCourse } from '../testing/sample-course.ts';

let harness: Harness;
let editor: User;
let learner: User;
let sample: PublishedSample;
/** Exercise ids by kind, from the lesson that has every kind. */
let exercises: Map<string, string>;
beforeAll(async () => {
  harness = await startHarness();
  editor = await harness.user('editor');
  sample = await publishSample(harness, editor);
  learner = await harness.user();
  const lesson = await harness.call(learner, 'GET', `/lessons/${sample.lessonIds[0]}`);
  exercises = new Map(lesson.body.exercises.map(({ id, kind }: { id: string; kind: string }) => [kind, id]));
});
afterAll(() => harness?.stop());

const idOf = (kind: Exercise['kind']) => exercises.get(kind) as string;
const send = (user: User, kind: Exercise['kind'], answer: unknown, headers: Record<string, string> = {}) =>
  harness.call(user, 'POST', `/exercises/${idOf(kind)}/answers`, { body: { answer }, headers });
const sendRight = (user: User, kind: Exercise['kind'], headers = {}) =>
  send(user, kind, rightAnswer(idOf(kind), sampleExercise(kind)), headers);

async function recordingOf(user: User, purpose: 'recording' | 'lesson_audio' = 'recording'): Promise<string> {
  const assetId = uuidv7();
  await handle(
    harness,
    onAssetReady,
    eventOf('asset.ready', {
      assetId,
      ownerId: user.userId,
      purpose,
      lessonId: null,
      key: `users/${user.userId}/recordings/${assetId}.mp3`,
      contentType: 'audio/mpeg',
      sizeBytes: 1_000,
      durationMs: 900,
      readyAt: new Date().toISOString(),
    }),
  );
  return assetId;
}

describe('POST /exercises/{id}/answers', () => {
  test.each(['mcq', 'fill_blank', 'matching', 'reorder', 'translation', 'listening', 'dictation'] as const)(
    '%s: accepts the right answer and rejects a wrong one',
    async (kind) => {
      const user = await harness.user();
      const wrong = {
        mcq: { kind, choice: 0 },
        listening: { kind, choice: 0 },
        fill_blank: { kind, blanks: ['banana', 'banana'] },
        matching: { kind, pairs: [] },
        reorder: { kind, tokens: ['I'] },
        translation: { kind, text: 'A banana.' },
        dictation: { kind, text: 'A banana.' },
      }[kind];
      const right = rightAnswer(idOf(kind), sampleExercise(kind));
      const bad = await send(
        user,
        kind,
        'choice' in right && right.choice === 0 ? { kind, choice: 1 } : wrong,
      );
      expect(bad).toMatchObject({ status: 201, body: { correct: false, xp: 0, kind, submissionId: null } });
      expect(bad.body.score).toBeLessThan(1);
      expect(bad.body.solution.kind).toBe(kind);
      const good = await sendRight(user, kind);
      expect(good).toMatchObject({ status: 201, body: { correct: true, score: 1, xp: 10, mistakes: [] } });
      // Each exercise earns XP once a day.
      expect((await sendRight(user, kind)).body).toMatchObject({ correct: true, xp: 0 });
    },
  );

  test("an answer shows the explanation in the learner's language", async () => {
    const { body } = await sendRight(learner, 'mcq', { 'accept-language': 'en-GB' });
    expect(body.explanation).toBe('SECRET because');
  });

  test('writing becomes a submission with everything that the ai service needs', async () => {
    const user = await harness.user();
    const answer = await send(user, 'writing', { kind: 'writing', text: '  I like tea.  ' });
    expect(answer).toMatchObject({ status: 202, body: { correct: null, score: null, xp: 0 } });
    const { answerId, submissionId } = answer.body;
    const events = await harness.events(user.userId);
    expect(events.map(({ type }) => type)).toEqual(['exercise.answered', 'submission.created']);
    expect(events[0]?.data).toMatchObject({ answerId, correct: null, score: null, kind: 'writing' });
    expect(events[1]?.data).toEqual({
      submissionId,
      userId: user.userId,
      courseId: sample.courseId,
      lessonId: sample.lessonIds[0],
      exerciseId: idOf('writing'),
      kind: 'writing',
      languageTag: 'en',
      level: 'A1',
      prompt: 'Do it.',
      expectedText: null,
      text: 'I like tea.',
      assetId: null,
      createdAt: expect.any(String),
    });
    const found = await harness.call(user, 'GET', `/submissions/${submissionId}`);
    expect(found.body).toMatchObject({ status: 'pending', score: null, text: 'I like tea.', feedback: null });
  });

  test("speaking accepts only the learner's own recordings that the media service has checked", async () => {
    const unknown = await send(learner, 'speaking', { kind: 'speaking', assetId: uuidv7() });
    expect(unknown).toMatchObject({ status: 409, body: { code: 'media_missing' } });
    expect(unknown.headers.get('retry-after')).toBe('1');
    const foreign = await recordingOf(await harness.user());
    const others = await send(learner, 'speaking', { kind: 'speaking', assetId: foreign });
    expect({ ...others.body, requestId: '' }).toEqual({ ...unknown.body, requestId: '' });

    const lessonAudio = await recordingOf(learner, 'lesson_audio');
    const wrongKind = await send(learner, 'speaking', { kind: 'speaking', assetId: lessonAudio });
    expect(wrongKind.body.errors).toEqual([
      { path: 'body.answer.assetId', message: 'is not an upload with purpose recording' },
    ]);

    const assetId = await recordingOf(learner);
    const good = await send(learner, 'speaking', { kind: 'speaking', assetId });
    expect(good.status).toBe(202);
    const created = (await harness.events(learner.userId)).find(({ type }) => type === 'submission.created');
    expect(created?.data).toMatchObject({ assetId, text: null, expectedText: 'SECRET how much is it' });

    const deletedAt = new Date().toISOString();
    const gone = { assetId, ownerId: learner.userId, purpose: 'recording' as const, deletedAt };
    await handle(harness, onAssetDeleted, eventOf('asset.deleted', gone));
    const late = await send(learner, 'speaking', { kind: 'speaking', assetId });
    expect(late).toMatchObject({ status: 400, body: { errors: [{ message: 'was deleted' }] } });
  });

  test('names the field that does not fit the exercise', async () => {
    const paths = async (kind: Exercise['kind'], answer: unknown) => {
      const { status, body } = await send(learner, kind, answer);
      expect([status, body.code]).toEqual([400, 'validation_failed']);
      return body.errors.map(({ path }: { path: string }) => path);
    };
    expect(await paths('mcq', { kind: 'mcq', choice: 'first' })).toEqual(['body.answer.choice']);
    expect(await paths('mcq', { kind: 'mcq', choice: 3 })).toEqual(['body.answer.choice']);
    expect(await paths('mcq', { kind: 'dictation', text: 'a' })).toEqual(['body.answer.kind']);
    expect(await paths('fill_blank', { kind: 'fill_blank', blanks: ['is'] })).toEqual(['body.answer.blanks']);
    expect(await paths('writing', { kind: 'writing', text: ' ' })).toEqual(['body.answer.text']);
    expect(await paths('mcq', { kind: 'mcq', choice: 0, correct: true })).toEqual(['body.answer']);
  });

  test('counts once per Idempotency-Key, even when both requests arrive at once', async () => {
    const user = await harness.user();
    const key = { 'idempotency-key': uuidv7() };
    const answers = await Promise.all([1, 2, 3].map(() => sendRight(user, 'mcq', key)));
    expect(new Set(answers.map(({ body }) => body.answerId)).size).toBe(1);
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(await harness.events(user.userId)).toHaveLength(1);
    // Options are shuffled by the exercise's id, so the position of the right choice differs from run to run.
    const right = rightAnswer(idOf('mcq'), sampleExercise('mcq')) as { choice: number };
    const reused = await send(user, 'mcq', { kind: 'mcq', choice: (right.choice + 1) % 3 }, key);
    expect(reused).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    // The keys of different users are independent.
    expect((await sendRight(await harness.user(), 'mcq', key)).body.answerId).not.toBe(
      answers[0]?.body.answerId,
    );
  });

  test('only one of several simultaneous right answers earns the XP', async () => {
    const user = await harness.user();
    const answers = await Promise.all([1, 2, 3, 4].map(() => sendRight(user, 'translation')));
    expect(answers.map(({ body }) => body.xp).sort()).toEqual([0, 0, 0, 10]);
  });

  test('fifty simultaneous right answers, with and without keys, earn the XP once, in the events too', async () => {
    const user = await harness.user();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, i) =>
        sendRight(user, 'reorder', i % 2 === 0 ? { 'idempotency-key': uuidv7() } : {}),
      ),
    );
    const earned = answers.filter(({ body }) => body.xp > 0);
    expect(earned).toMatchObject([{ status: 201, body: { xp: 10 } }]);
    const events = await harness.events(user.userId);
    const xpOf = new Map(
      events.map(({ data }) => {
        const { answerId, xp } = data as { answerId: string; xp: number };
        return [answerId, xp];
      }),
    );
    expect(xpOf).toEqual(new Map(answers.map(({ body }) => [body.answerId, body.xp])));
    expect(
      await harness.database.query(
        'SELECT count(*)::int AS answers, sum(xp)::int AS xp FROM content.answers WHERE user_id = $1',
        [user.userId],
      ),
    ).toEqual([{ answers: 50, xp: 10 }]);
  });

  test('practice on another day earns less than the first right answer, but earns', async () => {
    const user = await harness.user();
    const { answerId } = (await sendRight(user, 'mcq')).body;
    await harness.database.query(
      `WITH answer AS (UPDATE content.answers SET answered_at = answered_at - interval '1 day' WHERE id = $1
         RETURNING user_id, exercise_id, answered_at)
       UPDATE content.exercise_results r SET first_correct_at = a.answered_at, last_correct_at = a.answered_at
       FROM answer a WHERE r.user_id = a.user_id AND r.exercise_id = a.exercise_id`,
      [answerId],
    );
    expect((await sendRight(user, 'mcq')).body.xp).toBe(2);
    expect((await sendRight(user, 'mcq')).body.xp).toBe(0);
  });

  test('an erased learner is refused, and nothing is stored', async () => {
    const user = await harness.user();
    const deletedAt = new Date().toISOString();
    await harness.handle(eventOf('user.deleted', { userId: user.userId, erasureId: uuidv7(), deletedAt }));
    const before = await harness.events(user.userId);
    for (const headers of [{}, { 'idempotency-key': uuidv7() }])
      for (const kind of ['mcq', 'writing'] as const)
        expect(await sendRight(user, kind, headers)).toMatchObject({
          status: 401,
          body: { code: 'session_revoked' },
        });
    expect(await harness.events(user.userId)).toEqual(before);
    const rows = await harness.database.query(
      `SELECT 1 FROM content.answers WHERE user_id = $1
       UNION ALL SELECT 1 FROM content.enrollments WHERE user_id = $1
       UNION ALL SELECT 1 FROM content.idempotency_keys WHERE scope LIKE $1 || ' %'`,
      [user.userId],
    );
    expect(rows).toEqual([]);
  });

  test('belongs to the open attempt, or to none if the lesson is completed in the meantime', async () => {
    const user = await harness.user();
    const [lessonId] = sample.lessonIds as [string, string];
    const { attemptId } = (await harness.call(user, 'POST', `/lessons/${lessonId}/start`)).body;
    const attemptOf = async (answerId: string) =>
      (
        await harness.database.query<{ attempt_id: string | null }>(
          'SELECT attempt_id FROM content.answers WHERE id = $1',
          [answerId],
        )
      )[0]?.attempt_id;
    const during = await sendRight(user, 'mcq');
    expect(await attemptOf(during.body.answerId)).toBe(attemptId);

    const late = await harness.deps.sql.transaction(async (tx) => {
      const attempt = await lockOpenAttempt(tx, user.userId, lessonId);
      const answer = sendRight(user, 'mcq');
      await eventuallyPasses('the answer waits for the attempt', async () =>
        expect(
          await harness.database.query(
            `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
               AND query LIKE '%take_answer%'`,
          ),
        ).toHaveLength(1),
      );
      await closeAttempt(tx, { id: attempt?.id as string, xp: 0, completedAt: new Date() });
      return { answer };
    });
    expect(await attemptOf((await late.answer).body.answerId)).toBeNull();
  });

  test('is graded against the version that the learner sees when it is stored', async () => {
    const { courseId, draft, lessonIds } = await publishSample(harness, editor);
    const starter = await harness.user();
    await harness.call(starter, 'POST', `/lessons/${lessonIds[1]}/start`);
    const lesson = await harness.call(learner, 'GET', `/lessons/${lessonIds[1]}`);
    const { id } = lesson.body.exercises[0] as { id: string };
    const old = sampleExercise('mcq');
    const answerOf = async (user: User, exercise: Exercise, headers = {}) => {
      const body = { answer: rightAnswer(id, exercise) };
      return (await harness.call(user, 'POST', `/exercises/${id}/answers`, { body, headers })).body;
    };
    expect(await answerOf(learner, old)).toMatchObject({ correct: true });

    const changed = structuredClone(draft);
    const asked = changed.units[0]?.lessons[1]?.exercises[0];
    if (asked?.exercise.kind !== 'mcq') throw new Error('no question');
    asked.exercise.solution.correct = 1;
    await importZip(harness, editor, await zipOfCourse(changed));
    const publish = { body: { allowMissingMedia: true } };
    expect((await harness.call(editor, 'POST', `/courses/${courseId}/publish`, publish)).body.version).toBe(
      2,
    );
    // This process still expects the first version, and finds out when it stores the answer.
    for (const headers of [{}, { 'idempotency-key': uuidv7() }]) {
      expect(await answerOf(learner, old, headers)).toMatchObject({ correct: false });
      expect(await answerOf(starter, old)).toMatchObject({ correct: true });
    }
    expect(await answerOf(learner, asked.exercise)).toMatchObject({ correct: true });
    expect(await answerOf(starter, asked.exercise)).toMatchObject({ correct: false });
  });

  test('a repeated request gets the first response, even if the course is not published any more', async () => {
    const { courseId, lessonIds } = await publishSample(harness, editor);
    const lesson = await harness.call(learner, 'GET', `/lessons/${lessonIds[1]}`);
    const { id } = lesson.body.exercises[0] as { id: string };
    const headers = { 'idempotency-key': uuidv7() };
    const answer = () =>
      harness.call(learner, 'POST', `/exercises/${id}/answers`, {
        body: { answer: rightAnswer(id, sampleExercise('mcq')) },
        headers,
      });
    const first = await answer();
    await harness.call(editor, 'POST', `/courses/${courseId}/unpublish`);
    expect((await answer()).body).toEqual(first.body);
    headers['idempotency-key'] = uuidv7();
    expect((await answer()).status).toBe(404);
  });

  test('an exercise that learners cannot see is not found', async () => {
    const answer = { kind: 'mcq', choice: 0 };
    const { courseId, lessonIds } = await publishSample(harness, editor);
    const lesson = await harness.call(learner, 'GET', `/lessons/${lessonIds[1]}`);
    const { id } = lesson.body.exercises[0];
    await harness.call(editor, 'POST', `/courses/${courseId}/unpublish`);
    for (const exerciseId of [id, uuidv7(), 'not-an-id']) {
      const gone = await harness.call(learner, 'POST', `/exercises/${exerciseId}/answers`, {
        body: { answer },
      });
      expect(gone).toMatchObject({ status: 404, body: { code: 'not_found' } });
    }
  });
});

describe('GET /lessons/{id}', () => {
  test('does not reveal the solutions', async () => {
    const lesson = await harness.call(learner, 'GET', `/lessons/${sample.lessonIds[0]}`, {
      headers: { 'accept-language': 'en' },
    });
    expect(lesson.bytes.toString()).not.toMatch(/SECRET|solution|correct/);
    expect(lesson.body).toMatchObject({ title: 'All kinds', notes: '## Notes', version: 1, imageUrl: null });
    expect(lesson.body.items[0]).toMatchObject({
      text: 'Hello',
      synonyms: ['Hi'],
      translations: ['Xin chào', 'Chào'],
    });
    expect(lesson.body.exercises).toHaveLength(9);
  });
});
