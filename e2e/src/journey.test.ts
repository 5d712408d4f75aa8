import { createHash } from 'node:crypto';
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { eventuallyPasses } from '@lms/testing';
import { seedAccounts } from '@lms/tools/seed/accounts';
import { call, expectCall } from './api.ts';
import { type Learner, registerLearner, signIn } from './learner.ts';

/**
 * The main job, as the app does it: register, open the seeded course, answer, upload a recording, get
 * feedback, see progress that travelled through Kafka.
 */
interface Course {
  id: string;
  slug: string;
  units: { lessons: { id: string }[] }[];
}
interface Exercise {
  id: string;
  kind: string;
}
interface Lesson {
  id: string;
  exercises: Exercise[];
}
interface Submission {
  id: string;
  status: 'pending' | 'graded' | 'unavailable' | 'failed';
  score: number | null;
  feedback: Record<string, unknown> | null;
}

let learner: Learner;
let course: Course;
const token = () => ({ token: learner.token });

beforeAll(async () => {
  learner = await registerLearner();
  const list = await expectCall<{ items: { id: string; slug: string }[] }>(
    200,
    'GET',
    '/courses?language=en&forLanguage=vi',
    token(),
  );
  const [first] = list.items;
  if (!first) throw new Error('the seeded course was not found');
  course = await expectCall<Course>(200, 'GET', `/courses/${first.id}`, token());
});

describe('a learner’s first lesson', () => {
  it('finds a course with units and lessons, and enrols', async () => {
    expect(course.units.length).toBeGreaterThanOrEqual(3);
    expect(course.units.flatMap((unit) => unit.lessons).length).toBeGreaterThanOrEqual(12);
    await expectCall([200, 201], 'POST', `/courses/${course.id}/enrollment`, token());
  });

  it('loads the audio and images of a lesson from the CDN', async () => {
    // Content learns of the files through Kafka, so shortly after publishing some may not have arrived.
    const urls = await eventuallyPasses(
      'the first lesson has sounds and pictures',
      async () => {
        const text = JSON.stringify(await firstLesson());
        const found = [...text.matchAll(/"(http[^"]+\/cdn\/lessons\/[^"]+)"/g)].map(
          ([, url]) => url as string,
        );
        for (const folder of ['audio', 'images'])
          expect(found).toContainEqual(expect.stringContaining(`/${folder}/`));
        return found;
      },
      { timeoutMs: 20_000 },
    );
    for (const url of urls.slice(0, 3)) {
      const response = await fetch(url);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toMatch(/^(audio|image)\//);
      expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(100);
    }
  });

  it('answers an exercise; a repeated request counts once; progress arrives through Kafka', async () => {
    const lesson = await firstLesson();
    await expectCall([200, 201], 'POST', `/lessons/${lesson.id}/start`, token());
    const mcq = exerciseOf(lesson, 'mcq');
    const answer = { kind: 'mcq', choice: 0 };
    const request = { ...token(), body: { answer }, headers: { 'idempotency-key': `e2e-${learner.userId}` } };
    const first = await expectCall<{ answerId: string; correct: boolean }>(
      [200, 201],
      'POST',
      `/exercises/${mcq.id}/answers`,
      request,
    );
    const again = await expectCall<{ answerId: string }>(
      [200, 201],
      'POST',
      `/exercises/${mcq.id}/answers`,
      request,
    );
    expect(again.answerId).toBe(first.answerId);
    const progress = await eventuallyPasses(
      'the answer counts as progress',
      async () => {
        const { items } = await expectCall<{ items: { courseId: string; answers: number }[] }>(
          200,
          'GET',
          '/progress',
          token(),
        );
        const found = items.find((item) => item.courseId === course.id && item.answers > 0);
        expect(found).toBeDefined();
        return found;
      },
      { timeoutMs: 20_000 },
    );
    expect(progress?.answers).toBe(1);
    const streak = await expectCall<{ currentDays: number; todayDone: boolean }>(
      200,
      'GET',
      '/progress/streak',
      token(),
    );
    expect(streak).toMatchObject({ currentDays: 1, todayDone: true });
  });

  it('submits writing and gets feedback', async () => {
    const exercise = await findExercise('writing');
    const body = {
      answer: { kind: 'writing', text: 'My name is Ngoc. She go to school every day. I like coffee.' },
    };
    const { submissionId } = await expectCall<{ submissionId: string }>(
      [200, 201, 202],
      'POST',
      `/exercises/${exercise.id}/answers`,
      { ...token(), body },
    );
    const submission = await graded(submissionId);
    expect(submission.status).toBe('graded');
    expect(submission.score).toBeGreaterThan(0);
    expect(JSON.stringify(submission.feedback)).toContain('goes');
  });

  it('uploads a recording with a signed URL and gets feedback on what was said', async () => {
    const exercise = await findExercise('speaking');
    const recording = await readRecording();
    const uploaded = await upload(recording);
    const body = { answer: { kind: 'speaking', assetId: uploaded } };
    const { submissionId } = await eventuallyPasses(
      'the recording is known and can be submitted',
      () =>
        expectCall<{ submissionId: string }>([200, 201, 202], 'POST', `/exercises/${exercise.id}/answers`, {
          ...token(),
          body,
        }),
      { timeoutMs: 20_000 },
    );
    const submission = await graded(submissionId);
    expect(submission.status).toBe('graded');
    expect(submission.feedback).toMatchObject({ transcript: expect.any(String) });
  });

  it('refuses an upload that does not match its declaration', async () => {
    const bytes = Buffer.from('this is no audio at all, whatever its name says');
    const asset = await declare(bytes, 'audio/mpeg');
    const put = await fetch(asset.uploadUrl, { method: 'PUT', headers: asset.headers, body: bytes });
    expect(put.status).toBe(200);
    const answer = await call('POST', `/media/uploads/${asset.assetId}/complete`, token());
    expect(answer.status).toBe(422);
    expect(answer.body.code).toBe('upload_mismatch');
  });

  it('refuses requests without a token, for another user’s submission and to an editor’s route', async () => {
    expect((await call('GET', '/courses')).status).toBe(401);
    const exercise = await findExercise('writing');
    const body = { answer: { kind: 'writing', text: 'I get up at seven.' } };
    const { submissionId } = await expectCall<{ submissionId: string }>(
      [200, 201, 202],
      'POST',
      `/exercises/${exercise.id}/answers`,
      { ...token(), body },
    );
    const other = await registerLearner();
    expect((await call('GET', `/submissions/${submissionId}`, { token: other.token })).status).toBe(404);
    expect((await call('POST', `/courses/${course.id}/publish`, { token: other.token })).status).toBe(403);
  });

  it('names the field of a bad request', async () => {
    const lesson = await firstLesson();
    const mcq = exerciseOf(lesson, 'mcq');
    const answer = await call<{ code: string; errors: { path: string }[] }>(
      'POST',
      `/exercises/${mcq.id}/answers`,
      {
        ...token(),
        body: { answer: { kind: 'mcq', choice: 'first' } },
      },
    );
    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe('validation_failed');
    expect(answer.body.errors.map((error) => error.path)).toContain('body.answer.choice');
  });

  it('refreshes, signs out, and is refused afterwards by every service', async () => {
    const gone = await registerLearner();
    const refreshed = await expectCall<{ accessToken: string }>(200, 'POST', '/auth/refresh', {
      body: { refreshToken: gone.refreshToken },
    });
    await expectCall([200, 204], 'POST', '/auth/logout', { token: refreshed.accessToken });
    for (const path of ['/users/me', '/courses', '/progress', '/ai/usage']) {
      const answer = await call('GET', path, { token: refreshed.accessToken });
      expect([path, answer.status]).toEqual([path, 401]);
    }
  });
});

describe('an editor', () => {
  it('signs in with the seeded account and sees the course', async () => {
    const editor = seedAccounts.find((account) => account.role === 'editor');
    if (!editor) throw new Error('no editor is seeded');
    const editorToken = await signIn(editor.email, editor.password);
    const me = await expectCall<{ role: string }>(200, 'GET', '/users/me', { token: editorToken });
    expect(me.role).toBe('editor');
    await expectCall(200, 'GET', `/courses/${course.id}`, { token: editorToken });
  });
});

async function firstLesson(): Promise<Lesson> {
  const id = course.units[0]?.lessons[0]?.id;
  return expectCall<Lesson>(200, 'GET', `/lessons/${id}`, token());
}

function exerciseOf(lesson: Lesson, kind: string): Exercise {
  const found = lesson.exercises.find((exercise) => exercise.kind === kind);
  if (!found) throw new Error(`the lesson has no ${kind} exercise`);
  return found;
}

async function findExercise(kind: string): Promise<Exercise> {
  for (const { id } of course.units.flatMap((unit) => unit.lessons)) {
    const lesson = await expectCall<Lesson>(200, 'GET', `/lessons/${id}`, token());
    const found = lesson.exercises.find((exercise) => exercise.kind === kind);
    if (found) return found;
  }
  throw new Error(`the course has no ${kind} exercise`);
}

function graded(submissionId: string): Promise<Submission> {
  return eventuallyPasses(
    'the submission has its feedback',
    async () => {
      const submission = await expectCall<Submission>(200, 'GET', `/submissions/${submissionId}`, token());
      expect(submission.status).not.toBe('pending');
      return submission;
    },
    { timeoutMs: 20_000 },
  );
}

/** One of the seed course's own audio files: a real recording as far as anybody can tell. */
async function readRecording(): Promise<Buffer> {
  const [file] = globSync('tools/seed-course/media/**/*.mp3', {
    cwd: join(import.meta.dirname, '../..'),
  }).sort();
  if (!file) throw new Error('the seed course has no audio');
  return readFile(join(import.meta.dirname, '../..', file));
}

async function declare(bytes: Buffer, contentType: string) {
  const body = {
    purpose: 'recording',
    fileName: 'answer.mp3',
    contentType,
    sizeBytes: bytes.length,
    checksumSha256: createHash('sha256').update(bytes).digest('base64'),
  };
  return expectCall<{ assetId: string; uploadUrl: string; headers: Record<string, string> }>(
    201,
    'POST',
    '/media/uploads',
    { ...token(), body },
  );
}

async function upload(bytes: Buffer): Promise<string> {
  const asset = await declare(bytes, 'audio/mpeg');
  const put = await fetch(asset.uploadUrl, {
    method: 'PUT',
    headers: asset.headers,
    body: new Uint8Array(bytes),
  });
  expect(put.status).toBe(200);
  const completed = await expectCall<{ status: string }>(
    200,
    'POST',
    `/media/uploads/${asset.assetId}/complete`,
    token(),
  );
  expect(completed.status).toBe('ready');
  return asset.assetId;
}
