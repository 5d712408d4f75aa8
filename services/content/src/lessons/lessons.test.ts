import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventuallyPasses } from '@lms/testing';
import { v7 as uuidv7 } from 'uuid';
import type { Exercise } from '../exercises/exercise-kinds.ts';
import { rightAnswer, sampleExercise } from '../exercises/testing/sample-exercises.ts';
import { createSharedReads } from '../shared-reads/create-shared-reads.ts';
import { type Harness, startHarness, type User } from '../testing/harness.ts';
import { importZip, type PublishedSample, publishSample, zipOfCourse } from '../testing/sample-course.ts';

let harness: Harness;
let editor: User;
let sample: PublishedSample;
beforeAll(async () => {
  harness = await startHarness();
  editor = await harness.user('editor');
  sample = await publishSample(harness, editor);
});
afterAll(() => harness?.stop());

const post = (user: User, lessonId: string | undefined, what: 'start' | 'complete') =>
  harness.call(user, 'POST', `/lessons/${lessonId}/${what}`);

async function answerAll(user: User, lessonId: string | undefined, leaveOut: string[] = []): Promise<void> {
  const { body } = await harness.call(user, 'GET', `/lessons/${lessonId}`);
  for (const { id, kind } of body.exercises as { id: string; kind: Exercise['kind'] }[]) {
    if (leaveOut.includes(kind)) continue;
    const answer = rightAnswer(id, sampleExercise(kind));
    const answered = await harness.call(user, 'POST', `/exercises/${id}/answers`, { body: { answer } });
    if (answered.status > 202) throw new Error(JSON.stringify(answered.body));
  }
}

describe('a lesson', () => {
  test('is started once, even by simultaneous calls, and enrols the learner', async () => {
    const user = await harness.user();
    const [lessonId] = sample.lessonIds;
    const starts = await Promise.all([1, 2, 3].map(() => post(user, lessonId, 'start')));
    expect(starts.map(({ status }) => status).sort()).toEqual([200, 200, 201]);
    expect(new Set(starts.map(({ body }) => body.attemptId)).size).toBe(1);
    expect(await harness.events(user.userId)).toMatchObject([
      { type: 'lesson.started', data: { lessonId, courseId: sample.courseId } },
    ]);
    const progress = await harness.call(user, 'GET', '/progress');
    expect(progress.body.items).toMatchObject([
      { courseId: sample.courseId, lessonsTotal: 2, accuracy: null },
    ]);
  });

  test('can be completed after its exercises were answered, except speaking and missing audio', async () => {
    const user = await harness.user();
    const [lessonId] = sample.lessonIds;
    expect((await post(user, lessonId, 'complete')).body).toMatchObject({ status: 409, code: 'conflict' });
    await post(user, lessonId, 'start');
    expect((await post(user, lessonId, 'complete')).body.detail).toBe(
      '6 exercises of the lesson have not been answered yet.',
    );
    await answerAll(user, lessonId, ['speaking', 'listening', 'dictation']);
    const done = await Promise.all([1, 2].map(() => post(user, lessonId, 'complete')));
    expect(done[0]).toMatchObject({ status: 200, body: { exercises: 9, answered: 6, correct: 5, xp: 20 } });
    expect(done[1]?.body).toEqual(done[0]?.body);
    const events = await harness.events(user.userId);
    expect(events.filter(({ type }) => type === 'lesson.completed')).toMatchObject([
      { data: { lessonId, xp: 20, attemptId: done[0]?.body.attemptId } },
    ]);

    // Repeating it on the same day earns no XP.
    await post(user, lessonId, 'start');
    await answerAll(user, lessonId, ['speaking', 'listening', 'dictation']);
    expect((await post(user, lessonId, 'complete')).body).toMatchObject({ answered: 6, xp: 0 });
  });

  test('keeps the version it was started with while it is open, then uses the new one', async () => {
    const { courseId, lessonIds, draft } = await publishSample(harness, editor);
    const user = await harness.user();
    await post(user, lessonIds[1], 'start');
    const changed = structuredClone(draft);
    const second = changed.units[0]?.lessons[1];
    if (!second) throw new Error('no second lesson');
    second.title = { en: 'New' };
    await importZip(harness, editor, await zipOfCourse(changed));
    await harness.call(editor, 'POST', `/courses/${courseId}/publish`, { body: { allowMissingMedia: true } });

    const titleFor = async (who: User) =>
      (await harness.call(who, 'GET', `/lessons/${lessonIds[1]}?locale=en`)).body.title;
    expect(await titleFor(user)).toBe('Second');
    expect(await titleFor(await harness.user())).toBe('New');
    await answerAll(user, lessonIds[1]);
    expect((await post(user, lessonIds[1], 'complete')).status).toBe(200);
    expect(await titleFor(user)).toBe('New');
  });

  test('changes in every process soon, and at once for a learner who starts it there', async () => {
    const { courseId, lessonIds, draft } = await publishSample(harness, editor);
    const [lessonId] = lessonIds as [string, string];
    const { sql } = harness.deps;
    const other = await harness.withDeps({ shared: createSharedReads({ sql }) });
    const [starter, late, reader] = [await harness.user(), await harness.user(), await harness.user()];
    const readBy = async (user: User) => {
      const { status, body, headers } = await other.call(user, 'GET', `/lessons/${lessonId}?locale=en`);
      return { status, version: body.version, etag: headers.get('etag') };
    };
    await post(starter, lessonId, 'start');
    const first = await readBy(reader);
    const here = await harness.call(reader, 'GET', `/lessons/${lessonId}?locale=en`);
    expect(first).toEqual({ status: 200, version: 1, etag: here.headers.get('etag') });

    const changed = structuredClone(draft);
    (changed.units[0] as (typeof changed.units)[number]).title = { en: 'Other unit' };
    await importZip(harness, editor, await zipOfCourse(changed));
    await harness.call(editor, 'POST', `/courses/${courseId}/publish`, { body: { allowMissingMedia: true } });
    expect((await other.call(late, 'POST', `/lessons/${lessonId}/start`)).status).toBe(201);
    expect(await readBy(late)).toMatchObject({ status: 200, version: 2 });
    await eventuallyPasses('the other process shows the second version', async () =>
      expect(await readBy(reader)).toMatchObject({ status: 200, version: 2 }),
    );
    expect(await readBy(starter)).toEqual(first);

    await harness.call(editor, 'POST', `/courses/${courseId}/unpublish`);
    await eventuallyPasses('the other process does not show the lesson any more', async () =>
      expect((await readBy(reader)).status).toBe(404),
    );
    expect((await readBy(starter)).status).toBe(404);
    await other.close();
  });

  test('is not found by learners unless it is published', async () => {
    const { body } = await importZip(harness, editor, await zipOfCourse(sample.draft));
    expect(body.changed).toBe(false);
    const user = await harness.user();
    for (const lessonId of [uuidv7(), 'x']) {
      for (const what of ['start', 'complete'] as const)
        expect((await post(user, lessonId, what)).status).toBe(404);
    }
    const { courseId, lessonIds } = await publishSample(harness, editor);
    await post(user, lessonIds[0], 'start');
    await harness.call(editor, 'POST', `/courses/${courseId}/unpublish`);
    expect((await post(user, lessonIds[0], 'start')).status).toBe(404);
    expect((await post(user, lessonIds[0], 'complete')).status).toBe(404);
    expect((await harness.call(user, 'GET', `/progress/courses/${courseId}`)).status).toBe(404);
    expect((await harness.call(user, 'POST', `/courses/${courseId}/enrollment`)).status).toBe(404);
  });
});

test('enrolling is safe to repeat; leaving hides the course and keeps the progress', async () => {
  const user = await harness.user();
  const path = `/courses/${sample.courseId}/enrollment`;
  expect((await harness.call(user, 'POST', path)).status).toBe(201);
  expect((await harness.call(user, 'POST', path)).status).toBe(200);
  expect((await harness.call(user, 'DELETE', path)).status).toBe(204);
  expect((await harness.call(user, 'GET', '/progress')).body.items).toEqual([]);
  expect((await harness.call(user, 'DELETE', path)).status).toBe(204);
});
