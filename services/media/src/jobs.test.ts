import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventuallyPasses } from '@lms/testing';
import { v7 as uuidv7 } from 'uuid';
import { removeAsset } from './assets/remove-asset.ts';
import type { Deps } from './deps.ts';
import {
  begin,
  complete,
  type Harness,
  put,
  startHarness,
  testFile,
  type User,
  uploaded,
} from './testing/harness.ts';
import { cleanUpUploads } from './uploads/clean-up-uploads.ts';

let harness: Harness;
let learner: User;
let mp3: Awaited<ReturnType<typeof testFile>>;
beforeAll(async () => {
  harness = await startHarness();
  learner = await harness.user();
  mp3 = await testFile('tone.mp3', 'audio/mpeg');
});
afterAll(() => harness?.stop());

/** Moves every time of the asset `seconds` into the past. */
const age = (assetId: string, seconds: number) =>
  harness.database.query(
    `UPDATE media.assets SET upload_expires_at = upload_expires_at - make_interval(secs => $2),
       created_at = created_at - make_interval(secs => $2) WHERE id = $1`,
    [assetId, seconds],
  );
const rowOf = async (assetId: string) =>
  (
    await harness.database.query<{ status: string }>('SELECT status FROM media.assets WHERE id = $1', [
      assetId,
    ])
  )[0];
const objectExists = async (key: string) => (await harness.bucket.keys()).includes(key);
const jobsOf = async (assetId: string) =>
  (await harness.jobs()).filter(({ payload }) => payload.assetId === assetId);

test('the object of a deleted asset is deleted at once, and its row when its upload URL has expired', async () => {
  const { assetId, key } = await uploaded(harness, learner, mp3);
  await harness.call(learner, 'DELETE', `/media/${assetId}`);
  await removeAsset({ assetId }, harness.deps);
  expect(await objectExists(key)).toBe(false);
  expect(await rowOf(assetId)).toMatchObject({ status: 'deleted' });
  const later = (await jobsOf(assetId)).at(-1);
  expect(later?.run_at.getTime()).toBeGreaterThan(Date.now() + 24 * 60_000);

  await age(assetId, 1_600);
  await removeAsset({ assetId }, harness.deps);
  expect(await rowOf(assetId)).toBeUndefined();
});

test('an object that is uploaded again with a signed URL after the deletion is deleted too', async () => {
  const { body } = await begin(harness, learner, mp3);
  await put(body, mp3.bytes);
  await harness.call(learner, 'DELETE', `/media/${body.assetId}`);
  await removeAsset({ assetId: body.assetId }, harness.deps);
  expect((await put(body, mp3.bytes)).status).toBe(200);
  expect(await complete(harness, learner, body.assetId)).toMatchObject({ status: 404 });
  await age(body.assetId, 1_600);
  await removeAsset({ assetId: body.assetId }, harness.deps);
  expect(await objectExists(body.key)).toBe(false);
});

test('the object of a rejected upload is deleted at once, and the reason is kept for a day', async () => {
  const png = await testFile('dot.png', 'audio/mpeg');
  const { body } = await begin(harness, learner, png);
  await put(body, png.bytes);
  await complete(harness, learner, body.assetId);
  await removeAsset({ assetId: body.assetId }, harness.deps);
  expect(await objectExists(body.key)).toBe(false);
  await age(body.assetId, 3_600);
  await removeAsset({ assetId: body.assetId }, harness.deps);
  expect(await complete(harness, learner, body.assetId)).toMatchObject({ status: 422 });
  await age(body.assetId, 86_400);
  await removeAsset({ assetId: body.assetId }, harness.deps);
  expect(await complete(harness, learner, body.assetId)).toMatchObject({ status: 404 });
});

test('removal keeps assets that are ready or being uploaded', async () => {
  const ready = await uploaded(harness, learner, mp3);
  const pending = (await begin(harness, learner, mp3)).body;
  await put(pending, mp3.bytes);
  for (const { assetId, key } of [ready, pending]) {
    await removeAsset({ assetId }, harness.deps);
    expect(await objectExists(key)).toBe(true);
  }
});

test('clean-up abandons only uploads whose URL expired an hour ago', async () => {
  const [abandoned, stillTime, fresh] = await Promise.all(
    [0, 1, 2].map(async () => (await begin(harness, learner, mp3)).body),
  );
  await put(abandoned, mp3.bytes);
  await age(abandoned.assetId, 15 * 60 + 3_601);
  await age(stillTime.assetId, 15 * 60 + 3_500);
  await cleanUpUploads(harness.deps, new AbortController().signal);
  expect(await rowOf(abandoned.assetId)).toMatchObject({ status: 'deleted' });
  expect(await rowOf(stillTime.assetId)).toMatchObject({ status: 'pending' });
  expect(await rowOf(fresh.assetId)).toMatchObject({ status: 'pending' });
  expect((await harness.events(abandoned.assetId)).map(({ type }) => type)).toEqual(['asset.deleted']);
  await removeAsset({ assetId: abandoned.assetId }, harness.deps);
  expect(await objectExists(abandoned.key)).toBe(false);
  expect(await rowOf(abandoned.assetId)).toBeUndefined();
});

test('clean-up resumes abandoned removals, and deletes counters of past weeks', async () => {
  const { assetId } = await uploaded(harness, learner, mp3);
  await harness.call(learner, 'DELETE', `/media/${assetId}`);
  await harness.database.query('DELETE FROM media_jobs._private_jobs');
  await age(assetId, 2 * 86_400);
  await harness.database.query('UPDATE media.daily_uploads SET day = day - 30');
  await cleanUpUploads(harness.deps, new AbortController().signal);
  expect(await jobsOf(assetId)).toHaveLength(1);
  expect(await harness.database.query('SELECT * FROM media.daily_uploads')).toHaveLength(0);
});

test('a removal fails while the object store is down, and is retried', async () => {
  const { assetId } = await uploaded(harness, learner, mp3);
  await harness.call(learner, 'DELETE', `/media/${assetId}`);
  const objectStore: Deps['objectStore'] = {
    ...harness.deps.objectStore,
    delete: () => Promise.reject(new Error('away')),
  };
  await expect(removeAsset({ assetId }, { ...harness.deps, objectStore })).rejects.toThrow('away');
  expect(await rowOf(assetId)).toMatchObject({ status: 'deleted' });
});

test('the job runner runs the jobs that requests have enqueued', async () => {
  const { assetId, key } = await uploaded(harness, learner, mp3, {});
  const runner = await harness.runJobs();
  try {
    await harness.call(learner, 'DELETE', `/media/${assetId}`);
    await eventuallyPasses('the object is deleted', async () => expect(await objectExists(key)).toBe(false), {
      timeoutMs: 20_000,
    });
  } finally {
    await runner.stop();
  }
});

test('a job for an unknown asset ends without an error', async () => {
  await removeAsset({ assetId: uuidv7() }, harness.deps);
});
