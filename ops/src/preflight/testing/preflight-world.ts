import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  objectStoreVariables,
  parseConfig,
  postgresVariables,
  redisVariables,
  serviceVariables,
} from '@lms/config';
import { createKafka, ensureTopics, kafkaVariables } from '@lms/events';
import { migrateDeploy } from '@lms/postgres';
import { createLogger } from '@lms/runtime';
import { createTestBucket, createTestDatabase, stackEnv } from '@lms/testing';
import { createCdn } from '@lms/testing/cdn';
import type { PreflightContext } from '../check.ts';

const migrationsDir = join(import.meta.dirname, '../../../../libs/postgres/prisma/migrations');

/** A healthy deployment of one service on the real servers, with everything that a preflight checks. */
export async function createPreflightWorld() {
  const folder = mkdtempSync(join(tmpdir(), 'lms-preflight-'));
  const database = await createTestDatabase('preflight');
  const bucket = await createTestBucket('preflight');
  const log = createLogger({ service: 'test', level: 'silent' });
  const kafkaEnv = {
    KAFKA_BROKERS: stackEnv().kafkaBrokers,
    KAFKA_TOPIC_PREFIX: `t${randomBytes(5).toString('hex')}.`,
    KAFKA_PARTITIONS: '1',
  };
  const config = parseConfig(kafkaVariables, kafkaEnv);
  await ensureTopics({ kafka: createKafka({ config, clientId: 'preflight-test', log }), config, log });
  const migrate = () =>
    migrateDeploy({ databaseUrl: database.databaseUrl, schema: 'postgres', migrationsDir, log });
  await migrate();

  const store = {
    endpoint: bucket.endpoint,
    region: 'auto',
    bucket: bucket.bucket,
    accessKey: bucket.accessKey,
    secretKey: bucket.secretKey,
  };
  let health: { status: number; body: object } = { status: 200, body: { status: 'up' } };
  const front: RequestListener = (_req, res) => {
    const headers = { 'content-type': 'application/json', 'strict-transport-security': 'max-age=63072000' };
    res.writeHead(health.status, headers).end(JSON.stringify(health.body));
  };
  const cdn = await listen(createHttpServer(createCdn(store)));
  const plain = await listen(createHttpServer(front));
  const certificate = makeCertificate(folder);
  const secure = await listen(createHttpsServer(certificate, front));

  const context: PreflightContext = {
    env: {
      DATABASE_URL: database.databaseUrl,
      REDIS_URL: stackEnv().redisUrl,
      ...kafkaEnv,
      R2_ENDPOINT: bucket.endpoint,
      R2_BUCKET: bucket.bucket,
      R2_ACCESS_KEY: bucket.accessKey,
      R2_SECRET_KEY: bucket.secretKey,
      R2_PUBLIC_URL: `http://localhost:${cdn.port}/cdn`,
    },
    baseUrl: `https://localhost:${secure.port}`,
    shapes: [
      {
        service: 'sample',
        shape: {
          ...serviceVariables,
          ...postgresVariables,
          ...redisVariables,
          ...kafkaVariables,
          ...objectStoreVariables,
        },
      },
    ],
    migrations: [{ service: 'postgres', migrationsDir }],
    logFiles: [],
  };
  return {
    context,
    ca: certificate.cert,
    plainUrl: `http://localhost:${plain.port}`,
    database,
    bucket,
    /** Serves every object of the bucket publicly, like a misconfigured CDN. */
    openCdn: () => listen(createHttpServer(createOpenCdn(store))),
    answerHealthWith(status: number, body: object) {
      health = { status, body };
    },
    writeLog(text: string): string {
      const file = join(folder, `${randomBytes(4).toString('hex')}.log`);
      writeFileSync(file, text);
      return file;
    },
    async close() {
      await Promise.all([cdn.close(), plain.close(), secure.close(), database.drop(), bucket.drop()]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function createOpenCdn(store: Parameters<typeof createCdn>[0]): RequestListener {
  const cdn = createCdn(store);
  return (req, res) => {
    const key = /^\/cdn\/users\//.test(req.url ?? '');
    if (key) res.writeHead(200).end('anything');
    else cdn(req, res);
  };
}

async function listen(server: Server) {
  await new Promise<void>((resolve) => server.listen(0, resolve));
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** A certificate for localhost that is valid for 60 days. */
function makeCertificate(folder: string): { key: string; cert: string } {
  const [key, cert] = [join(folder, 'tls.key'), join(folder, 'tls.crt')];
  execFileSync(
    'openssl',
    [
      ...[
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '60',
      ],
      ...['-keyout', key, '-out', cert, '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'],
    ],
    { stdio: 'ignore' },
  );
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') };
}
