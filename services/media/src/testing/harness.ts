import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTestBucket } from '@lms/testing';
import { type Answer, startHarness as startServiceHarness, type User } from '@lms/testing/harness';
import { media } from '../service.ts';

export type { Answer, User };
export type Harness = Awaited<ReturnType<typeof startHarness>>;

/** The real app with its own database, bucket and topics. `env` overrides the defaults. */
export async function startHarness(env: Record<string, string> = {}) {
  const bucket = await createTestBucket('media');
  return { ...(await startServiceHarness(media, { bucket, env })), bucket };
}

/** A file to upload: its declaration and its bytes. */
export interface TestFile {
  bytes: Buffer;
  fileName: string;
  contentType: string;
  sizeBytes: number;
  checksumSha256: string;
}

/** One of `testing/files`, declared as `contentType`. */
export async function testFile(name: string, contentType: string): Promise<TestFile> {
  return fileOf(await readFile(join(import.meta.dirname, 'files', name)), name, contentType);
}

export function fileOf(bytes: Buffer, fileName: string, contentType: string): TestFile {
  const checksumSha256 = createHash('sha256').update(bytes).digest('base64');
  return { bytes, fileName, contentType, sizeBytes: bytes.length, checksumSha256 };
}

/** Silence of `seconds` as a WAV file. */
export function wavOf(seconds: number): Buffer {
  const samples = Buffer.alloc(8_000 * seconds, 128);
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + samples.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(8_000, 24);
  header.writeUInt32LE(8_000, 28);
  header.writeUInt16LE(1, 32);
  header.writeUInt16LE(8, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples.length, 40);
  return Buffer.concat([header, samples]);
}

/** Declares an upload; `changes` override the file's declaration. */
export function begin(
  { call }: Pick<Harness, 'call'>,
  user: User,
  file: TestFile,
  changes: Record<string, unknown> = {},
): Promise<Answer> {
  const { bytes: _bytes, ...declared } = file;
  return call(user, 'POST', '/media/uploads', { body: { purpose: 'recording', ...declared, ...changes } });
}

/** PUTs to a signed URL as a client does. */
export function put(upload: Answer['body'], bytes: Buffer): Promise<Response> {
  const { 'content-length': _length, ...headers } = upload.headers;
  return fetch(upload.uploadUrl, { method: 'PUT', headers, body: new Uint8Array(bytes) });
}

export async function complete(
  { call }: Pick<Harness, 'call'>,
  user: User,
  assetId: string,
): Promise<Answer> {
  return call(user, 'POST', `/media/uploads/${assetId}/complete`);
}

/** Begins, uploads and completes; throws unless all of it works. */
export async function uploaded(
  harness: Harness,
  user: User,
  file: TestFile,
  changes: Record<string, unknown> = {},
): Promise<Answer['body']> {
  const upload = await begin(harness, user, file, changes);
  if (upload.status !== 201) throw new Error(JSON.stringify(upload.body));
  const stored = await put(upload.body, file.bytes);
  if (stored.status !== 200) throw new Error(`PUT: ${stored.status} ${await stored.text()}`);
  const done = await complete(harness, user, upload.body.assetId);
  if (done.status !== 200) throw new Error(JSON.stringify(done.body));
  return done.body;
}
