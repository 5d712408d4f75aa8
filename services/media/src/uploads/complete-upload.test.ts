import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  begin,
  complete,
  fileOf,
  type Harness,
  put,
  startHarness,
  testFile,
  type User,
  uploaded,
  wavOf,
} from '../testing/harness.ts';

let harness: Harness;
let learner: User;
beforeAll(async () => {
  harness = await startHarness();
  learner = await harness.user();
});
afterAll(() => harness?.stop());

describe('a file that matches its declaration', () => {
  test('becomes ready with its duration, and asset.ready is published once with that duration', async () => {
    const file = await testFile('tone.mp3', 'audio/mpeg');
    const asset = await uploaded(harness, learner, file);
    expect(asset).toMatchObject({
      purpose: 'recording',
      status: 'ready',
      contentType: 'audio/mpeg',
      sizeBytes: file.sizeBytes,
      durationMs: 576,
      lessonId: null,
    });
    expect(asset.key).toBe(`users/${learner.userId}/recordings/${asset.assetId}-tone.mp3`);
    const events = await harness.events(asset.assetId);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      type: 'asset.ready',
      data: { assetId: asset.assetId, ownerId: learner.userId, key: asset.key, durationMs: 576 },
    });
  });

  test.each([
    ['tone-opus.ogg', 'audio/ogg'],
    ['tone-vorbis.ogg', 'audio/ogg'],
    ['tone.wav', 'audio/wav'],
    ['tone.webm', 'audio/webm'],
    ['tone.m4a', 'audio/mp4'],
    ['tone-mp42.m4a', 'audio/mp4'],
    ['tone-fragmented.m4a', 'audio/mp4'],
    ['tone.aac', 'audio/aac'],
    ['tone.flac', 'audio/flac'],
  ])('%s is accepted as %s, with a duration of half a second', async (name, contentType) => {
    const asset = await uploaded(harness, learner, await testFile(name, contentType));
    expect(Math.abs(asset.durationMs - 500)).toBeLessThan(100);
  });

  test('WebM as browsers record it, without a duration, is accepted', async () => {
    const asset = await uploaded(harness, learner, await testFile('tone-live.webm', 'audio/webm'));
    expect(asset).toMatchObject({ status: 'ready', durationMs: null });
  });

  test.each([
    ['dot.png', 'image/png'],
    ['dot.jpg', 'image/jpeg'],
    ['dot.webp', 'image/webp'],
    ['dot.avif', 'image/avif'],
  ])('%s is accepted as an avatar', async (name, contentType) => {
    const asset = await uploaded(harness, learner, await testFile(name, contentType), { purpose: 'avatar' });
    expect(asset).toMatchObject({ status: 'ready', purpose: 'avatar', durationMs: null });
  });
});

describe('a file that does not match its declaration', () => {
  /** Uploads `bytes` after declaring `declared`, completes the upload, and expects its rejection everywhere. */
  async function expectRejected(
    upload: { bytes: Buffer; declared: Awaited<ReturnType<typeof testFile>>; purpose?: string },
    { reason, path }: { reason: string; path: string },
  ) {
    const { body } = await begin(harness, learner, upload.declared, {
      purpose: upload.purpose ?? 'recording',
    });
    const stored = await put(body, upload.bytes);
    expect(stored.status).toBe(200);
    const answer = await complete(harness, learner, body.assetId);
    expect(answer.status).toBe(422);
    expect(answer.body).toMatchObject({ code: 'upload_mismatch', errors: [{ path }] });
    const events = await harness.events(body.assetId);
    expect(events).toMatchObject([{ type: 'asset.rejected', data: { reason } }]);
    const jobs = await harness.jobs();
    expect(jobs.some((job) => job.name === 'remove_asset' && job.payload.assetId === body.assetId)).toBe(
      true,
    );
    return body;
  }

  test('a PNG named mp3 is rejected, and a repeated request returns the same response without a second event', async () => {
    const png = await testFile('dot.png', 'audio/mpeg');
    const upload = await expectRejected(
      { bytes: png.bytes, declared: { ...png, fileName: 'song.mp3' } },
      { reason: 'content_type', path: 'contentType' },
    );
    const again = await complete(harness, learner, upload.assetId);
    expect(again.status).toBe(422);
    expect(await harness.events(upload.assetId)).toHaveLength(1);
  });

  test('other bytes of the same length are rejected by their checksum', async () => {
    const declared = await testFile('tone.mp3', 'audio/mpeg');
    const bytes = Buffer.from(declared.bytes);
    bytes[700] = (bytes[700] as number) ^ 1;
    await expectRejected({ bytes, declared }, { reason: 'checksum', path: 'checksumSha256' });
  });

  test('a video in a WebM or MP4 file is rejected', async () => {
    for (const [name, type] of [
      ['video.webm', 'audio/webm'],
      ['video.m4a', 'audio/mp4'],
    ] as const) {
      const declared = await testFile(name, type);
      await expectRejected(
        { bytes: declared.bytes, declared },
        { reason: 'content_type', path: 'contentType' },
      );
    }
  });

  test('a recording of more than five minutes is rejected, but one of five minutes is not', async () => {
    const long = fileOf(wavOf(305), 'long.wav', 'audio/wav');
    await expectRejected({ bytes: long.bytes, declared: long }, { reason: 'duration', path: 'duration' });
    const asset = await uploaded(harness, learner, fileOf(wavOf(300), 'fits.wav', 'audio/wav'));
    expect(asset.durationMs).toBe(300_000);
  });

  test('audio that ends after its header is rejected', async () => {
    const { bytes } = await testFile('tone.flac', 'audio/flac');
    const broken = fileOf(bytes.subarray(0, 6), 'broken.flac', 'audio/flac');
    await expectRejected(
      { bytes: broken.bytes, declared: broken },
      { reason: 'unreadable', path: 'contentType' },
    );
  });

  test('an image that would decode to 3.6 billion pixels uses no memory and little time', async () => {
    const png = Buffer.from((await testFile('dot.png', 'image/png')).bytes);
    png.writeUInt32BE(60_000, 16);
    png.writeUInt32BE(60_000, 20);
    const file = fileOf(png, 'bomb.png', 'image/png');
    const { body } = await begin(harness, learner, file, { purpose: 'avatar' });
    await put(body, png);
    const before = process.memoryUsage().rss;
    const cpuBefore = process.cpuUsage();
    await complete(harness, learner, body.assetId);
    expect(process.cpuUsage(cpuBefore).user).toBeLessThan(1_000_000);
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
  });
});

describe('completing an upload', () => {
  test('is refused with 409 before the file is uploaded, and works afterwards', async () => {
    const file = await testFile('tone.mp3', 'audio/mpeg');
    const { body } = await begin(harness, learner, file);
    const early = await complete(harness, learner, body.assetId);
    expect(early).toMatchObject({ status: 409, body: { code: 'media_missing' } });
    await put(body, file.bytes);
    expect((await complete(harness, learner, body.assetId)).status).toBe(200);
  });

  test('again, and ten times at once, has one effect', async () => {
    const file = await testFile('tone.mp3', 'audio/mpeg');
    const { body } = await begin(harness, learner, file);
    await put(body, file.bytes);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => complete(harness, learner, body.assetId)),
    );
    const again = await complete(harness, learner, body.assetId);
    for (const answer of answers) expect(answer).toMatchObject({ status: 200, body: again.body });
    expect(await harness.events(body.assetId)).toHaveLength(1);
  });

  test('of another user results in not_found', async () => {
    const file = await testFile('tone.mp3', 'audio/mpeg');
    const { body } = await begin(harness, learner, file);
    await put(body, file.bytes);
    for (const role of ['learner', 'editor', 'admin'] as const) {
      const answer = await complete(harness, await harness.user(role), body.assetId);
      expect(answer).toMatchObject({ status: 404, body: { code: 'not_found' } });
    }
  });

  test('returns 503 while the object store is down, and works later', async () => {
    const file = await testFile('tone.mp3', 'audio/mpeg');
    const { body } = await begin(harness, learner, file);
    await put(body, file.bytes);
    const { createObjectStore } = await import('@lms/object-store');
    const { bucket, accessKey, secretKey } = harness.bucket;
    const nowhere = createObjectStore({
      endpoint: 'http://127.0.0.1:9',
      region: 'auto',
      bucket,
      accessKey,
      secretKey,
    });
    const other = await harness.withDeps({ objectStore: nowhere });
    const answer = await fetch(`${other.base}/media/uploads/${body.assetId}/complete`, {
      method: 'POST',
      headers: { authorization: `Bearer ${learner.token}` },
    });
    expect(answer.status).toBe(503);
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(answer.headers.get('retry-after')).toBeTruthy();
    expect(await answer.json()).toMatchObject({ code: 'dependency_unavailable' });
    await other.close();
    nowhere.close();
    expect(await harness.events(body.assetId)).toHaveLength(0);
    expect((await complete(harness, learner, body.assetId)).status).toBe(200);
  });
});
