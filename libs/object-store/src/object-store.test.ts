import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestBucket, startTcpProxy, type TestBucket } from '@lms/testing';
import { createObjectStore, type ObjectStore, type SignedUpload } from './object-store.ts';

let bucket: TestBucket;
let store: ObjectStore;
const body = Buffer.from('a recording, as far as the store knows'); // 38 bytes

beforeAll(async () => {
  bucket = await createTestBucket('object-store');
  store = storeAt(bucket.endpoint);
});
afterAll(async () => {
  store.close();
  await bucket.drop();
});

function storeAt(endpoint: string, secretKey = bucket.secretKey): ObjectStore {
  const { bucket: name, accessKey } = bucket;
  return createObjectStore({ endpoint, region: 'auto', bucket: name, accessKey, secretKey });
}
const sign = (key: string, expiresInSeconds = 60) =>
  store.signUpload({ key, contentType: 'audio/mpeg', sizeBytes: body.length, expiresInSeconds });
const put = (upload: SignedUpload, over: { headers?: Record<string, string>; body?: Buffer } = {}) =>
  fetch(upload.url, {
    method: 'PUT',
    headers: { ...upload.headers, ...over.headers },
    body: new Uint8Array(over.body ?? body),
  });

describe('signed uploads', () => {
  it('take exactly what was signed', async () => {
    const upload = await sign('users/u1/recordings/one.mp3');
    expect((await put(upload)).status).toBe(200);
    expect(await store.find('users/u1/recordings/one.mp3')).toMatchObject({
      sizeBytes: body.length,
      contentType: 'audio/mpeg',
    });
  });

  it('name the address that clients use, if it differs from ours', async () => {
    const { bucket: name, accessKey, secretKey } = bucket;
    const signedUrlEndpoint = bucket.endpoint.replace('127.0.0.1', 'localhost');
    const both = createObjectStore({
      endpoint: bucket.endpoint,
      signedUrlEndpoint,
      region: 'auto',
      bucket: name,
      accessKey,
      secretKey,
    });
    const upload = await both.signUpload({
      key: 'users/u1/recordings/elsewhere.mp3',
      contentType: 'audio/mpeg',
      sizeBytes: body.length,
      expiresInSeconds: 60,
    });
    expect(new URL(upload.url).origin).toBe(signedUrlEndpoint);
    expect((await put(upload)).status).toBe(200);
    expect(await both.find('users/u1/recordings/elsewhere.mp3')).toMatchObject({ sizeBytes: body.length });
    both.close();
  });

  it.each<[string, { headers: Record<string, string>; body?: Buffer }]>([
    ['another type', { headers: { 'content-type': 'text/html' } }],
    ['another size', { headers: { 'content-length': '76' }, body: Buffer.concat([body, body]) }],
  ])('refuse %s', async (_what, over) => {
    const upload = await sign('users/u1/recordings/other.mp3');
    const answer = await put(upload, over).catch(() => ({ status: 400 }));
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(await store.find('users/u1/recordings/other.mp3')).toBeNull();
  });

  it('refuse another key under the same signature, and a signature that is too old', async () => {
    const upload = await sign('users/u1/recordings/mine.mp3');
    const forged = { ...upload, url: upload.url.replace('/u1/', '/u2/') };
    expect((await put(forged)).status).toBe(403);
    const old = await sign('users/u1/recordings/late.mp3', 1);
    await new Promise((resolve) => setTimeout(resolve, 2_100));
    expect((await put(old)).status).toBe(403);
    expect(await store.find('users/u1/recordings/late.mp3')).toBeNull();
  });
});

describe('objects', () => {
  it('are put, found, read in part, and deleted; a second deletion succeeds too', async () => {
    const key = 'lessons/l1/audio/one.mp3';
    await store.put({ key, body, contentType: 'audio/mpeg' });
    expect((await store.read(key, { maxBytes: 5 }))?.toString()).toBe('a rec');
    await store.delete(key);
    await store.delete(key);
    expect(await store.find(key)).toBeNull();
    expect(await store.read(key, { maxBytes: 5 })).toBeNull();
  });

  it('are read through a signed URL, which sets the name to save them under', async () => {
    const key = 'users/u1/avatar/me.png';
    await store.put({ key, body, contentType: 'image/png' });
    const answer = await fetch(
      await store.signDownload({ key, expiresInSeconds: 60, downloadName: 'tôi.png' }),
    );
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-disposition')).toContain("filename*=UTF-8''t%C3%B4i.png");
    const unsigned = await fetch(`${bucket.endpoint}/${bucket.bucket}/${key}`);
    expect(unsigned.status).toBe(403);
  });
});

describe('failures', () => {
  it('with wrong keys, or a store that is gone, are "unavailable", not "not found"', async () => {
    const stranger = storeAt(bucket.endpoint, 'a-wrong-secret');
    await expect(stranger.find('x')).rejects.toMatchObject({ code: 'dependency_unavailable' });
    await expect(stranger.ping()).rejects.toThrow();
    stranger.close();
    const proxy = await startTcpProxy({ host: '127.0.0.1', port: 1 });
    const gone = storeAt(`http://127.0.0.1:${proxy.port}`);
    await expect(gone.find('x')).rejects.toMatchObject({ code: 'dependency_unavailable' });
    gone.close();
    await proxy.close();
  });

  it('end a health check when its time is up', async () => {
    const proxy = await startTcpProxy({ host: '127.0.0.1', port: Number(new URL(bucket.endpoint).port) });
    proxy.hang();
    const hanging = storeAt(`http://127.0.0.1:${proxy.port}`);
    const timeUp = new AbortController();
    const ping = expect(hanging.ping(timeUp.signal)).rejects.toThrow(/abort/i);
    timeUp.abort();
    await ping;
    hanging.close();
    await proxy.close();
  });
});
