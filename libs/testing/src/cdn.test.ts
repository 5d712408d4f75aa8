import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createTestBucket } from '@lms/testing';
import { createCdn, publicKeyOf } from './cdn.ts';

let server: Server;
let base: string;
beforeAll(async () => {
  const { endpoint, bucket, accessKey, secretKey } = await createTestBucket('cdn');
  const cdn = { endpoint, region: 'auto', bucket, accessKey, secretKey };
  const client = new S3Client({
    endpoint,
    region: 'auto',
    forcePathStyle: true,
    credentials: { accessKeyId: accessKey, secretAccessKey: secretKey },
  });
  for (const Key of ['lessons/1/audio/hello.mp3', 'users/1/recordings/secret.mp3']) {
    await client.send(
      new PutObjectCommand({ Bucket: bucket, Key, Body: '0123456789', ContentType: 'audio/mpeg' }),
    );
  }
  server = createServer(createCdn(cdn));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/cdn`;
});
afterAll(() => void server?.close().closeAllConnections());

it('serves lesson files with their type, to any web page, with unlimited caching', async () => {
  const response = await fetch(`${base}/lessons/1/audio/hello.mp3`);
  expect(response.status).toBe(200);
  expect(response.headers.get('content-type')).toBe('audio/mpeg');
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
  expect(response.headers.get('cache-control')).toContain('immutable');
  expect(await response.text()).toBe('0123456789');
});

it('serves ranges and HEAD requests, and responds 304 to clients that have the file', async () => {
  const url = `${base}/lessons/1/audio/hello.mp3`;
  const part = await fetch(url, { headers: { range: 'bytes=2-4' } });
  expect([part.status, await part.text()]).toEqual([206, '234']);
  const head = await fetch(url, { method: 'HEAD' });
  expect([head.status, head.headers.get('content-length')]).toEqual([200, '10']);
  const again = await fetch(url, { headers: { 'if-none-match': head.headers.get('etag') ?? '' } });
  expect(again.status).toBe(304);
  expect((await fetch(url, { headers: { range: 'bytes=50-60' } })).status).toBe(416);
});

it.each([
  '/users/1/recordings/secret.mp3',
  '/lessons/../users/1/recordings/secret.mp3',
  '/lessons/%2e%2e/users/1/recordings/secret.mp3',
  '/lessons/..%2fusers/1/recordings/secret.mp3',
  '/lessons/2/audio/none.mp3',
  '/',
])('%s is not public', async (path) => {
  expect((await fetch(base + path)).status).toBe(404);
});

it('only reads', async () => {
  const response = await fetch(`${base}/lessons/1/audio/hello.mp3`, { method: 'DELETE' });
  expect(response.status).toBe(404);
});

it.each([
  ['/cdn/lessons/1/a%20b.mp3', 'lessons/1/a b.mp3'],
  ['/cdn/lessons/1/a.mp3?x=1', 'lessons/1/a.mp3'],
  ['/cdn/lessons/%', null],
  ['/cdn/other/a.mp3', null],
])('%s maps to the key %s', (url, key) => {
  expect(publicKeyOf(url)).toBe(key);
});
