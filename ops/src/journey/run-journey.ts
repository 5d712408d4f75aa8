import { createHash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { toneWav } from './tone.ts';

/** Maximum wait for one response, and for events that travel through Kafka. */
const answerMs = 20_000;
const eventuallyMs = 60_000;

export interface JourneyStep {
  step: string;
  ok: boolean;
  /** The result of the step, or the reason for its failure. Never contains a token or an email address. */
  detail: string;
}

interface Walk {
  baseUrl: string;
  token?: string;
  password: string;
}
type Body = Record<string, unknown>;

/**
 * Runs a learner's journey as the app does: register, open a course, answer, upload a recording, get feedback, see
 * progress; then deletes the account that it created. Stops at the first step that fails, but still deletes the
 * account. `baseUrl` ends in `/api/v1`; `report` is called after each step.
 */
export async function runJourney(
  baseUrl: string,
  report: (step: JourneyStep) => void,
): Promise<{ ok: boolean; steps: JourneyStep[] }> {
  const walk: Walk = { baseUrl, password: randomBytes(18).toString('base64url') };
  const steps: JourneyStep[] = [];
  const take = async (step: string, work: () => Promise<string>): Promise<boolean> => {
    const result = await work().then(
      (detail) => ({ step, ok: true, detail }),
      (error: Error) => ({ step, ok: false, detail: error.message }),
    );
    steps.push(result);
    report(result);
    return result.ok;
  };
  const found: { exerciseId?: string; courseId?: string } = {};
  const way: [string, () => Promise<string>][] = [
    ['health', () => health(walk)],
    ['register', () => register(walk)],
    ['open a lesson', () => openLesson(walk, found)],
    ['answer, progress through Kafka', () => answer(walk, found)],
    ['upload a recording', () => uploadRecording(walk)],
    ['feedback on writing', () => writingFeedback(walk)],
  ];
  for (const [step, work] of way) if (!(await take(step, work))) break;
  if (walk.token) await take('delete the account', () => deleteAccount(walk));
  return { ok: steps.every(({ ok }) => ok), steps };
}

async function health(walk: Walk): Promise<string> {
  const { status } = await call(walk, 'GET', '/health', { expect: [200] });
  return String(status);
}

async function register(walk: Walk): Promise<string> {
  const email = `journey-${randomBytes(8).toString('hex')}@example.com`;
  const body = { email, password: walk.password, displayName: 'Journey', locale: 'en', timeZone: 'UTC' };
  walk.token = (await call(walk, 'POST', '/auth/register', { body, expect: [201] })).accessToken as string;
  return 'an account for this test';
}

async function openLesson(walk: Walk, found: { exerciseId?: string; courseId?: string }): Promise<string> {
  const { items } = await call(walk, 'GET', '/courses', { expect: [200] });
  const [course] = items as { id: string }[];
  if (!course) return 'no course is published yet: nothing to open';
  const { units } = await call(walk, 'GET', `/courses/${course.id}`, { expect: [200] });
  const lessons = (units as { lessons: { id: string }[] }[]).flatMap((unit) => unit.lessons);
  for (const { id } of lessons.slice(0, 20)) {
    const lesson = await call(walk, 'GET', `/lessons/${id}`, { expect: [200] });
    const exercise = (lesson.exercises as { id: string; kind: string }[]).find(({ kind }) => kind === 'mcq');
    if (!exercise) continue;
    Object.assign(found, { exerciseId: exercise.id, courseId: course.id });
    return `${lessons.length} lessons in the first course`;
  }
  return 'no multiple-choice exercise in the first lessons: nothing to answer';
}

async function answer(walk: Walk, found: { exerciseId?: string; courseId?: string }): Promise<string> {
  if (!found.exerciseId) return 'skipped: there was nothing to answer';
  const body = { answer: { kind: 'mcq', choice: 0 } };
  await call(walk, 'POST', `/exercises/${found.exerciseId}/answers`, { body, expect: [201] });
  const started = performance.now();
  while (performance.now() - started < eventuallyMs) {
    const { items } = await call(walk, 'GET', '/progress', { expect: [200] });
    const progress = (items as { courseId: string; answers: number }[]).find(
      ({ courseId }) => courseId === found.courseId,
    );
    if (progress?.answers === 1) return `after ${Math.round(performance.now() - started)} ms`;
    await sleep(200);
  }
  throw new Error(`the answer did not show in /progress within ${eventuallyMs / 1_000} s`);
}

async function uploadRecording(walk: Walk): Promise<string> {
  const bytes = toneWav();
  const body = {
    purpose: 'recording',
    fileName: 'journey.wav',
    contentType: 'audio/wav',
    sizeBytes: bytes.length,
    checksumSha256: createHash('sha256').update(bytes).digest('base64'),
  };
  const upload = await call(walk, 'POST', '/media/uploads', { body, expect: [201] });
  const put = await fetch(upload.uploadUrl as string, {
    method: 'PUT',
    headers: upload.headers as Record<string, string>,
    body: new Uint8Array(bytes),
    signal: AbortSignal.timeout(answerMs),
  });
  if (!put.ok) throw new Error(`the object store answered ${put.status} to the signed PUT`);
  const { status } = await call(walk, 'POST', `/media/uploads/${upload.assetId}/complete`, { expect: [200] });
  return `${bytes.length} bytes, ${status}`;
}

async function writingFeedback(walk: Walk): Promise<string> {
  const body = { text: 'She go to school every day.', languageTag: 'en' };
  let job = await call(walk, 'POST', '/ai/writing-feedback', { body, expect: [200, 202] });
  const started = performance.now();
  while (['queued', 'running'].includes(String(job.status)) && performance.now() - started < eventuallyMs) {
    await sleep(500);
    job = await call(walk, 'GET', `/ai/jobs/${job.jobId}`, { expect: [200] });
  }
  if (job.status !== 'done') throw new Error(`the job is ${job.status}`);
  return 'done';
}

async function deleteAccount(walk: Walk): Promise<string> {
  await call(walk, 'DELETE', '/users/me', { body: { password: walk.password }, expect: [202] });
  return 'its erasure has begun';
}

async function call(
  walk: Walk,
  method: string,
  path: string,
  { body, expect }: { body?: Body; expect: number[] },
): Promise<Body> {
  const response = await fetch(walk.baseUrl + path, {
    method,
    headers: {
      ...(body ? { 'content-type': 'application/json' } : {}),
      ...(walk.token ? { authorization: `Bearer ${walk.token}` } : {}),
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
    signal: AbortSignal.timeout(answerMs),
  });
  const text = await response.text();
  if (!expect.includes(response.status)) {
    const code = /"code":"(\w+)"/.exec(text)?.[1] ?? '';
    throw new Error(
      `${method} ${path.replace(/[0-9a-f-]{36}/g, '…')} answered ${response.status} ${code}`.trim(),
    );
  }
  return text ? (JSON.parse(text) as Body) : {};
}
