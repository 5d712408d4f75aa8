import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { begin, type Harness, startHarness, testFile, type User, uploaded } from '../testing/harness.ts';

let harness: Harness;
let learner: User;
let editor: User;
let mp3: Awaited<ReturnType<typeof testFile>>;
const notFound = { status: 404, body: { code: 'not_found' } };
const lesson = () => ({ purpose: 'lesson_audio', lessonId: uuidv7() });
const get = (user: User | null, path: string) => harness.call(user, 'GET', path);
const remove = (user: User, assetId: string) => harness.call(user, 'DELETE', `/media/${assetId}`);

beforeAll(async () => {
  harness = await startHarness();
  [learner, editor] = await Promise.all([harness.user(), harness.user('editor')]);
  mp3 = await testFile('tone.mp3', 'audio/mpeg');
});
afterAll(() => harness?.stop());

test('a recording is visible only to its owner', async () => {
  const { assetId } = await uploaded(harness, learner, mp3);
  expect((await get(learner, `/media/${assetId}`)).body).toMatchObject({ assetId, status: 'ready' });
  for (const role of ['learner', 'editor', 'admin'] as const) {
    const other = await harness.user(role);
    expect(await get(other, `/media/${assetId}`)).toMatchObject(notFound);
    expect(await get(other, `/media/${assetId}/url`)).toMatchObject(notFound);
    expect(await remove(other, assetId)).toMatchObject(notFound);
  }
  expect((await get(null, `/media/${assetId}`)).status).toBe(401);
});

test('a lesson file is visible to everyone once it is ready, and only to editors before that', async () => {
  const upload = await begin(harness, editor, mp3, lesson());
  const pending = `/media/${upload.body.assetId}`;
  expect(await get(learner, pending)).toMatchObject(notFound);
  expect((await get(await harness.user('admin'), pending)).body.status).toBe('pending');
  const { assetId } = await uploaded(harness, editor, mp3, lesson());
  expect((await get(learner, `/media/${assetId}`)).status).toBe(200);
});

test('a lesson file is read from the CDN, a recording by a signed URL of five minutes', async () => {
  const audio = await uploaded(harness, editor, mp3, lesson());
  expect((await get(learner, `/media/${audio.assetId}/url`)).body).toEqual({
    url: `https://cdn.example.com/${audio.key}`,
    expiresAt: null,
  });

  const recording = await uploaded(harness, learner, mp3);
  const { body } = await get(learner, `/media/${recording.assetId}/url`);
  expect(Math.abs(Date.parse(body.expiresAt) - Date.now() - 300_000)).toBeLessThan(5_000);
  const file = await fetch(body.url);
  expect(file.headers.get('content-type')).toBe('audio/mpeg');
  expect(Buffer.from(await file.arrayBuffer()).equals(mp3.bytes)).toBe(true);
  const unsigned = new URL(body.url);
  unsigned.search = '';
  expect((await fetch(unsigned)).status).toBe(403);
});

test('there is no URL before the upload is completed', async () => {
  const { body } = await begin(harness, learner, mp3);
  expect(await get(learner, `/media/${body.assetId}/url`)).toMatchObject({
    status: 409,
    body: { code: 'media_missing' },
  });
});

test('reads can be answered with 304', async () => {
  const { assetId } = await uploaded(harness, learner, mp3);
  const first = await get(learner, `/media/${assetId}`);
  const etag = first.headers.get('etag') ?? '';
  expect(etag).not.toBe('');
  const again = await harness.call(learner, 'GET', `/media/${assetId}`, {
    // By default fetch adds `no-cache` to conditional requests, which asks for a full response.
    headers: { 'if-none-match': etag, 'cache-control': 'max-age=0' },
  });
  expect(again.status).toBe(304);
});

test('deleting hides a file at once, with one event and a job for its object', async () => {
  const { assetId } = await uploaded(harness, learner, mp3);
  const answers = await Promise.all([remove(learner, assetId), remove(learner, assetId)]);
  expect(answers.map(({ status }) => status).sort()).toContain(204);
  expect(await get(learner, `/media/${assetId}`)).toMatchObject(notFound);
  expect(await remove(learner, assetId)).toMatchObject(notFound);
  const events = await harness.events(assetId);
  expect(events.map(({ type }) => type)).toEqual(['asset.ready', 'asset.deleted']);
  const jobs = (await harness.jobs()).filter(({ payload }) => payload.assetId === assetId);
  expect(jobs).toMatchObject([{ name: 'remove_asset' }]);
});

test('lesson files can be deleted by any editor, but not by learners', async () => {
  const { assetId } = await uploaded(harness, editor, mp3, lesson());
  expect(await remove(learner, assetId)).toMatchObject({ status: 403, body: { code: 'forbidden' } });
  expect((await remove(await harness.user('editor'), assetId)).status).toBe(204);
});

test('an invalid id and an unknown id result in not_found', async () => {
  expect(await get(learner, '/media/nonsense')).toMatchObject(notFound);
  expect(await get(learner, `/media/${uuidv7()}`)).toMatchObject(notFound);
});
