import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { parseConfig, serviceVariables } from '@lms/config';
import { type CloudEvent, createKafka, ensureTopics, type KafkaConfig } from '@lms/events';
import { migrateJobs } from '@lms/jobs';
import { migrateDeploy } from '@lms/postgres';
import { createLogger, createMetrics, type Metrics } from '@lms/runtime';
import { createTestBucket, createTestDatabase, stackEnv, startTokenIssuer } from '@lms/testing';
import { v7 as uuidv7 } from 'uuid';
import { createApp } from '../app.ts';
import { mediaVariables } from '../config.ts';
import { createDeps, type Deps, migrationsDir, serviceName } from '../deps.ts';

export interface User {
  userId: string;
  role: 'learner' | 'editor' | 'admin';
  token: string;
}

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of many shapes
  body: any;
}

export type Harness = Awaited<ReturnType<typeof startHarness>>;

/** The real app on a database, a bucket and topics of its own. `env` is set over the defaults. */
export async function startHarness(env: Record<string, string> = {}) {
  const [database, bucket, issuer] = await Promise.all([
    createTestDatabase('media'),
    createTestBucket('media'),
    startTokenIssuer(),
  ]);
  const config = parseConfig(
    { ...serviceVariables, ...mediaVariables },
    {
      DATABASE_URL: database.databaseUrl,
      REDIS_URL: stackEnv().redisUrl,
      AUTH_JWKS_URL: issuer.jwksUrl,
      KAFKA_BROKERS: stackEnv().kafkaBrokers,
      KAFKA_TOPIC_PREFIX: `${bucket.bucket}.`,
      KAFKA_PARTITIONS: '1',
      R2_ENDPOINT: bucket.endpoint,
      R2_BUCKET: bucket.bucket,
      R2_ACCESS_KEY: bucket.accessKey,
      R2_SECRET_KEY: bucket.secretKey,
      R2_PUBLIC_URL: 'https://cdn.example.com/',
      ...env,
    },
  );
  const log = createLogger({ service: serviceName, level: 'silent' });
  const metrics = createMetrics({ service: serviceName, nodeMetrics: false });
  const { deps, close } = createDeps(config, { log });
  await migrateDeploy({ databaseUrl: database.databaseUrl, schema: serviceName, migrationsDir, log });
  await migrateJobs({ pool: deps.pool, service: serviceName, log });
  const { server, base } = await listen(deps, metrics);

  const call = async (
    user: User | null,
    method: string,
    path: string,
    options: { body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Answer> => {
    const response = await fetch(base + path, {
      method,
      headers: {
        ...(user ? { authorization: `Bearer ${user.token}` } : {}),
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : undefined };
  };

  return {
    deps,
    config,
    metrics,
    log,
    bucket,
    database,
    call,
    /** A user with a token; `sessionId` to revoke it. */
    async user(role: User['role'] = 'learner', sessionId = uuidv7()): Promise<User> {
      const userId = uuidv7();
      return { userId, role, token: await issuer.tokenFor({ userId, role, sessionId }) };
    },
    /** The second base URL answers with other dependencies. */
    async withDeps(changes: Partial<Deps>) {
      const other = await listen(
        { ...deps, ...changes },
        createMetrics({ service: serviceName, nodeMetrics: false }),
      );
      return { base: other.base, close: () => stop(other.server) };
    },
    /** Events in the outbox, oldest first: nothing publishes them here. */
    async events(assetOrUserId?: string): Promise<CloudEvent[]> {
      const rows = await database.query<{ payload: string; key: string }>(
        'SELECT payload, key FROM media.outbox ORDER BY seq',
      );
      return rows
        .filter(({ key }) => assetOrUserId === undefined || key === assetOrUserId)
        .map(({ payload }) => JSON.parse(payload) as CloudEvent);
    },
    /** Waiting jobs with their payloads. */
    jobs: () =>
      database.query<{ name: string; payload: Record<string, string>; run_at: Date }>(
        `SELECT tasks.identifier AS name, jobs.payload, jobs.run_at FROM media_jobs._private_jobs jobs
         JOIN media_jobs._private_tasks tasks ON tasks.id = jobs.task_id ORDER BY jobs.id`,
      ),
    ensureTopics: () =>
      ensureTopics({
        kafka: createKafka({ config: config as KafkaConfig, clientId: 'test', log }),
        config: config as KafkaConfig,
        log,
      }),
    async stop() {
      await stop(server);
      await close();
      await Promise.all([database.drop(), bucket.drop(), issuer.close()]);
    },
  };
}

/** A file to upload: what is declared of it, and its bytes. */
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

/** Declares an upload; `changes` over what the file says of itself. */
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

async function listen(deps: Deps, metrics: Metrics): Promise<{ server: Server; base: string }> {
  const server = createServer(createApp(deps, { metrics, trustProxyHops: 1, corsOrigins: [] }));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, base: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1` };
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
