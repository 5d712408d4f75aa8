import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { begin, fileOf, type Harness, put, startHarness, testFile, type User } from '../testing/harness.ts';

let harness: Harness;
let editor: User;
let mp3: Awaited<ReturnType<typeof testFile>>;
beforeAll(async () => {
  harness = await startHarness({
    MEDIA_MAX_PENDING_UPLOADS: '5',
    MEDIA_MAX_PENDING_BYTES: '20000000',
    MEDIA_PERSONAL_FILES_PER_DAY: '4',
    MEDIA_PERSONAL_BYTES_PER_DAY: '15000000',
  });
  editor = await harness.user('editor');
  mp3 = await testFile('tone.mp3', 'audio/mpeg');
});
afterAll(() => harness?.stop());

describe('who may upload what', () => {
  test('an upload requires an access token', async () => {
    const answer = await harness.call(null, 'POST', '/media/uploads', { body: {} });
    expect(answer).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
  });

  test('only editors and admins can upload lesson files', async () => {
    const lesson = { purpose: 'lesson_audio', lessonId: uuidv7() };
    expect(await begin(harness, await harness.user(), mp3, lesson)).toMatchObject({
      status: 403,
      body: { code: 'forbidden' },
    });
    for (const role of ['editor', 'admin'] as const)
      expect((await begin(harness, await harness.user(role), mp3, lesson)).status).toBe(201);
  });

  test.each([
    ['a lesson file without a lesson', { purpose: 'lesson_audio' }, 'body.lessonId'],
    ['an invalid lesson id', { purpose: 'lesson_audio', lessonId: '../../etc' }, 'body.lessonId'],
    ['an unknown purpose', { purpose: 'backup' }, 'body.purpose'],
    ['an image as a recording', { contentType: 'image/png' }, 'body.contentType'],
    ['SVG as an avatar', { purpose: 'avatar', contentType: 'image/svg+xml' }, 'body.contentType'],
    ['an executable', { contentType: 'application/x-msdownload' }, 'body.contentType'],
    ['an empty file', { sizeBytes: 0 }, 'body.sizeBytes'],
    ['a recording over 10 MB', { sizeBytes: 10_000_001 }, 'body.sizeBytes'],
    [
      'an avatar over 2 MB',
      { purpose: 'avatar', contentType: 'image/png', sizeBytes: 2_000_001 },
      'body.sizeBytes',
    ],
    ['an invalid checksum', { checksumSha256: 'abc' }, 'body.checksumSha256'],
  ])('%s is refused, and the field is named', async (_what, changes, path) => {
    const answer = await begin(harness, editor, mp3, changes);
    expect(answer).toMatchObject({ status: 400, body: { code: 'validation_failed' } });
    expect(answer.body.errors.map((error: { path: string }) => error.path)).toContain(path);
  });
});

describe('object keys', () => {
  test('depend on the purpose, and have the extension of the type', async () => {
    const user = await harness.user('editor');
    const lessonId = uuidv7();
    const png = await testFile('dot.png', 'image/png');
    const keyOf = async (file: typeof mp3, changes: object) => {
      const { body } = await begin(harness, user, file, { fileName: 'Bài Học 1.exe', ...changes });
      return body.key.replace(body.assetId, '<id>');
    };
    expect(await keyOf(mp3, { purpose: 'lesson_audio', lessonId })).toBe(
      `lessons/${lessonId}/audio/<id>-bai-hoc-1.mp3`,
    );
    expect(await keyOf(png, { purpose: 'lesson_image', lessonId })).toBe(
      `lessons/${lessonId}/images/<id>-bai-hoc-1.png`,
    );
    expect(await keyOf(png, { purpose: 'avatar' })).toBe(`users/${user.userId}/avatar/<id>-bai-hoc-1.png`);
    expect(await keyOf(mp3, {})).toBe(`users/${user.userId}/recordings/<id>-bai-hoc-1.mp3`);
  });
});

describe('the signed URL', () => {
  test('accepts exactly the declared bytes and type, once', async () => {
    const user = await harness.user();
    const { body } = await begin(harness, user, mp3);
    expect(body).toMatchObject({
      method: 'PUT',
      headers: {
        'content-type': 'audio/mpeg',
        'content-length': String(mp3.sizeBytes),
        'if-none-match': '*',
      },
    });
    const minutes = (Date.parse(body.expiresAt) - Date.now()) / 60_000;
    expect(minutes).toBeGreaterThan(14);
    expect(minutes).toBeLessThanOrEqual(15);

    const longer = Buffer.concat([mp3.bytes, Buffer.from('x')]);
    expect((await put(body, longer)).status).toBe(403);
    const asHtml = { ...body, headers: { ...body.headers, 'content-type': 'text/html' } };
    expect((await put(asHtml, mp3.bytes)).status).toBe(403);
    const overwriting = {
      ...body,
      headers: { 'content-type': 'audio/mpeg', 'content-length': String(mp3.sizeBytes) },
    };
    expect((await put(overwriting, mp3.bytes)).status).toBe(403);
    const elsewhere = {
      ...body,
      uploadUrl: body.uploadUrl.replace(/recordings\/[^?]*/, 'recordings/other.mp3'),
    };
    expect((await put(elsewhere, mp3.bytes)).status).toBe(403);

    expect((await put(body, mp3.bytes)).status).toBe(200);
    expect((await put(body, mp3.bytes)).status).toBe(412);
    expect(await harness.bucket.keys()).toContain(body.key);
  });

  test('is refused by the store once it has expired', async () => {
    const user = await harness.user();
    const { base, close } = await harness.withDeps({
      uploads: { ...harness.deps.uploads, urlSeconds: 2 },
    });
    const { bytes: _bytes, ...declared } = mp3;
    const answer = await fetch(`${base}/media/uploads`, {
      method: 'POST',
      headers: { authorization: `Bearer ${user.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ purpose: 'recording', ...declared }),
    });
    const upload = (await answer.json()) as Parameters<typeof put>[0];
    await close();
    await sleep(3_100);
    expect((await put(upload, mp3.bytes)).status).toBe(403);
  });
});

describe('Idempotency-Key', () => {
  const beginWithKey = (user: User, key: string, changes: object = {}) => {
    const { bytes: _bytes, ...declared } = mp3;
    return harness.call(user, 'POST', '/media/uploads', {
      body: { purpose: 'recording', ...declared, ...changes },
      headers: { 'idempotency-key': key },
    });
  };

  test('a retry returns the same asset and a URL that works', async () => {
    const user = await harness.user();
    const [first, second] = await Promise.all([beginWithKey(user, 'k1'), beginWithKey(user, 'k1')]);
    expect(first.status).toBe(201);
    expect(second).toMatchObject({ status: 201, body: { assetId: first.body.assetId, key: first.body.key } });
    expect((await put(second.body, mp3.bytes)).status).toBe(200);
  });

  test('no signed URL is stored', async () => {
    await beginWithKey(await harness.user(), 'k2');
    const stored = await harness.database.query('SELECT response FROM media.idempotency_keys');
    expect(JSON.stringify(stored)).not.toContain('X-Amz');
  });

  test('the same key is refused with another request, but is independent for another user', async () => {
    const user = await harness.user();
    const first = await beginWithKey(user, 'k3');
    expect(await beginWithKey(user, 'k3', { fileName: 'other.mp3' })).toMatchObject({
      status: 422,
      body: { code: 'idempotency_key_reused' },
    });
    const other = await beginWithKey(await harness.user(), 'k3');
    expect(other.status).toBe(201);
    expect(other.body.assetId).not.toBe(first.body.assetId);
  });
});

describe('quotas', () => {
  const refused = { status: 403, body: { code: 'quota_exceeded' } };

  test('uploads in progress are limited in number, even when they start all at once', async () => {
    const user = await harness.user('editor');
    const lesson = { purpose: 'lesson_audio', lessonId: uuidv7() };
    const answers = await Promise.all(Array.from({ length: 12 }, () => begin(harness, user, mp3, lesson)));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 403)).toHaveLength(7);
  });

  test('uploads in progress are limited in bytes', async () => {
    const user = await harness.user('editor');
    const lesson = { purpose: 'lesson_audio', lessonId: uuidv7(), sizeBytes: 15_000_000 };
    expect((await begin(harness, user, mp3, lesson)).status).toBe(201);
    expect(await begin(harness, user, mp3, lesson)).toMatchObject(refused);
  });

  test('personal files are limited per day, even if some are deleted', async () => {
    const user = await harness.user();
    for (let n = 0; n < 4; n++) {
      const { status, body } = await begin(harness, user, mp3);
      expect(status).toBe(201);
      expect((await harness.call(user, 'DELETE', `/media/${body.assetId}`)).status).toBe(204);
    }
    expect(await begin(harness, user, mp3)).toMatchObject(refused);
  });

  test('personal files are limited per day in bytes', async () => {
    const user = await harness.user();
    expect((await begin(harness, user, mp3, { sizeBytes: 9_000_000 })).status).toBe(201);
    expect(await begin(harness, user, mp3, { sizeBytes: 9_000_000 })).toMatchObject(refused);
  });

  test('a refused upload does not count', async () => {
    const user = await harness.user();
    const big = fileOf(Buffer.alloc(1), 'big.mp3', 'audio/mpeg');
    await begin(harness, user, big, { sizeBytes: 9_000_000 });
    for (let n = 0; n < 5; n++) await begin(harness, user, big, { sizeBytes: 9_000_000 });
    expect((await begin(harness, user, big, { sizeBytes: 1_000 })).status).toBe(201);
  });
});
