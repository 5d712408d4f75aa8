import { randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseConfig } from '@lms/config';
import { appendEvent, createKafka, type EventData, kafkaVariables, topicName, topics } from '@lms/events';
import { databaseCheck } from '@lms/ops/preflight/checks/database';
import { createPool, createSql, sqlStateOf } from '@lms/postgres';
import { createLogger } from '@lms/runtime';
import { createTestDatabase, eventuallyPasses, stackEnv, type TestDatabase } from '@lms/testing';
import pg from 'pg';
import { killAtExit } from '../stack/kill-at-exit.ts';
import type { PartContext } from '../stack/part.ts';
import { createPgBouncer } from '../stack/pgbouncer.ts';
import { createPortChooser } from '../stack/ports.ts';
import { type StartedProcess, startProcess, stopProcess, tailOf } from '../stack/processes.ts';
import { SetupError } from '../stack/progress.ts';
import { runOnce, type ServiceName } from '../stack/services.ts';

const repo = join(import.meta.dirname, '../../..');
const home = mkdtempSync(join(tmpdir(), 'lms-pooler-'));
const outside = new Set<string>();
const context: PartContext = {
  ...{ home, repo, dataDir: join(home, 'data'), logDir: join(home, 'logs') },
  started: killAtExit,
  signal: new AbortController().signal,
  outside: (folder) => void outside.add(folder),
};
for (const folder of [context.dataDir, context.logDir]) mkdirSync(folder, { recursive: true });
const ports = createPortChooser({ remembered: {}, mode: 'free' });
const prefix = `pooler${randomBytes(5).toString('hex')}.`;
const log = createLogger({ service: 'test', level: 'silent' });

/** PgBouncer with one connection to the server for everybody: whatever a transaction leaves behind, the next one finds. */
const pgBouncer = await preparePgBouncer();

async function preparePgBouncer() {
  const database = await createTestDatabase('pooler');
  const { databaseUrl } = database;
  const options = { port: await ports.choose('pgbouncer', 6432), databaseUrl, poolSize: 1 };
  try {
    return { database, ...(await createPgBouncer(context, options)) };
  } catch (error) {
    await database.drop();
    rmSync(home, { recursive: true, force: true });
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`NOT CHECKED: transaction-pooler.test.ts: ${error.message}\n`);
    return undefined;
  }
}

(pgBouncer ? describe : describe.skip)('services behind PgBouncer in transaction mode', () => {
  // Undefined only where all of this is skipped.
  const { database, databaseUrl, part } = pgBouncer ?? ({} as NonNullable<typeof pgBouncer>);
  const services = ['auth', 'content'] as const;
  const running: StartedProcess[] = [];
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    await part.start();
    env = environment(database, databaseUrl);
    for (const service of services) await runOnce(context, { service, mode: 'migrate', env });
  }, 180_000);
  afterAll(async () => {
    await Promise.all(running.map((child) => stopProcess(child, 20_000)));
    await part.stop();
    await database.drop();
    for (const folder of [home, ...outside]) rmSync(folder, { recursive: true, force: true });
  });

  async function start(service: ServiceName, mode: 'api' | 'worker', index = 0): Promise<string> {
    const name = `${service}-${mode}-${index}`;
    const port = await ports.choose(name, 3_000);
    const metricsPort = await ports.choose(`${name}-metrics`, 9_464);
    const logFile = join(context.logDir, `${name}.log`);
    const child = startProcess({
      name,
      command: process.execPath,
      args: [join(repo, 'services', service, 'src/main.ts'), mode],
      cwd: join(repo, 'services', service),
      env: { ...env, PORT: String(port), METRICS_PORT: String(metricsPort) },
      logFile,
    });
    running.push(child);
    const url = `http://127.0.0.1:${port}`;
    await eventuallyPasses(
      `${name} is ready`,
      async () => {
        const response = await fetch(`${url}/readyz`).catch(() => undefined);
        if (child.hasExited()) throw new Error(tailOf(logFile));
        expect(response?.status).toBe(200);
      },
      { timeoutMs: 60_000 },
    );
    return url;
  }
  const poolOf = (schema: string, statementTimeoutMs = 15_000) =>
    createPool({
      ...{ databaseUrl, pooler: true, schema, poolSize: 4, connectTimeoutMs: 10_000 },
      ...{ statementTimeoutMs, applicationName: 'test', log },
    });

  it('is what preflight finds, and what it accepts together with the server behind it', async () => {
    const { DATABASE_DIRECT_URL: _direct, ...pooled } = env;
    const checked = (given: NodeJS.ProcessEnv) =>
      databaseCheck.run(
        { env: given, baseUrl: null, shapes: [], migrations: [], logFiles: [] },
        AbortSignal.timeout(20_000),
      );
    expect(await checked(pooled)).toMatchObject({
      status: 'failed',
      advice: expect.stringContaining('set DATABASE_DIRECT_URL'),
    });
    expect(await checked(env)).toEqual({ status: 'ok', detail: 'answers through the pooler and directly' });
  });

  it('publishes every event once, although two workers of each service run', async () => {
    await Promise.all(services.flatMap((service) => [0, 1].map((index) => start(service, 'worker', index))));
    const number = 500;
    await Promise.all(
      services.map(async (service) => {
        const pool = poolOf(service);
        const sql = createSql(pool);
        for (let n = 0; n < number; n += 1)
          await sql.transaction((tx) =>
            service === 'auth'
              ? appendEvent(tx, { type: 'session.revoked', data: revocation() })
              : appendEvent(tx, { type: 'course.published', data: publication() }),
          );
        await pool.end();
      }),
    );
    for (const service of services) {
      await eventuallyPasses(
        `the outbox of ${service} is empty`,
        async () => expect(await database.query(`SELECT 1 FROM ${service}.outbox LIMIT 1`)).toEqual([]),
        { timeoutMs: 60_000 },
      );
      const ids = await publishedIds(topics[service]);
      expect([ids.length, new Set(ids).size]).toEqual([number, number]);
    }
  }, 180_000);

  it('keeps one relay of each service active, on a connection that does not lead through the pooler', async () => {
    const rows = await database.query<{ name: string; port: number; locks: number }>(
      `SELECT application_name AS name, count(*)::int AS relays,
         count(*) FILTER (WHERE EXISTS (SELECT 1 FROM pg_locks l
           WHERE l.pid = a.pid AND l.locktype = 'advisory' AND l.granted))::int AS active
       FROM pg_stat_activity a WHERE datname = current_database() AND application_name LIKE 'lms-relay-%'
       GROUP BY name ORDER BY name`,
    );
    expect(rows).toEqual([
      { name: 'lms-relay-auth', relays: 2, active: 1 },
      { name: 'lms-relay-content', relays: 2, active: 1 },
    ]);
  });

  it('serves requests of both services, each from its own schema, over one shared connection', async () => {
    const auth = await start('auth', 'api');
    env = { ...env, AUTH_JWKS_URL: `${auth}/api/v1/.well-known/jwks.json` };
    const content = await start('content', 'api');
    // Limits per address are counted in the Redis of all tests.
    const from = { 'x-forwarded-for': `10.${[...randomBytes(3)].join('.')}` };
    const register = async (n: number) => {
      const body = {
        email: `lan${n}@example.com`,
        password: `a long enough password ${n}`,
        displayName: 'Lan',
      };
      const response = await fetch(`${auth}/api/v1/auth/register`, {
        ...{ method: 'POST', headers: { 'content-type': 'application/json', ...from } },
        body: JSON.stringify(body),
      });
      expect([response.status, response.status < 300 ? '' : await response.text()]).toEqual([201, '']);
      return ((await response.json()) as { accessToken: string }).accessToken;
    };
    const tokens = await Promise.all([1, 2, 3].map(register));
    const list = async (token: string) => {
      const headers = { authorization: `Bearer ${token}`, ...from };
      const answers = await Promise.all([
        fetch(`${content}/api/v1/courses`, { headers }),
        fetch(`${auth}/api/v1/users/me`, { headers }),
      ]);
      return Promise.all(answers.map(async (answer) => (answer.ok ? 200 : answer.text())));
    };
    for (let round = 0; round < 10; round += 1)
      expect(await Promise.all(tokens.map(list))).toEqual(tokens.map(() => [200, 200]));
    // One of PgBouncer; and of each of the four workers a relay and two of the job runner.
    const [opened] = await database.query<{ number: number }>(
      `SELECT count(*)::int AS number FROM pg_stat_activity
       WHERE datname = current_database() AND application_name LIKE 'lms-%'`,
    );
    expect(opened?.number).toBeLessThanOrEqual(1 + 4 * 3);
  }, 120_000);

  it('ends slow statements at the limit, and leaves no settings behind for others', async () => {
    const pool = poolOf('content', 300);
    const sql = createSql(pool);
    await expect(sql.$queryRawUnsafe('SELECT pg_sleep(5)').catch(sqlStateOf)).resolves.toBe('57014');
    const slow = sql.transaction((tx) => tx.$queryRawUnsafe('SELECT pg_sleep(5)'));
    await expect(slow.catch(sqlStateOf)).resolves.toBe('57014');
    await pool.end();
    const plain = new pg.Client(databaseUrl);
    await plain.connect();
    const { rows } = await plain.query(
      `SELECT current_setting('search_path') AS path, current_setting('statement_timeout') AS timeout`,
    );
    await plain.end();
    expect(rows).toEqual([{ path: '"$user", public', timeout: '0' }]);
  });
});

function environment(database: TestDatabase, pooledUrl: string): NodeJS.ProcessEnv {
  const { PATH, HOME } = process.env;
  return {
    ...{ PATH, HOME, LOG_LEVEL: 'info', NODE_ENV: 'development' },
    ...{
      DATABASE_URL: pooledUrl,
      DATABASE_DIRECT_URL: database.databaseUrl,
      DATABASE_CONNECT_TIMEOUT_MS: '10000',
    },
    ...{ REDIS_URL: stackEnv().redisUrl, KAFKA_BROKERS: stackEnv().kafkaBrokers },
    ...{ KAFKA_TOPIC_PREFIX: prefix, KAFKA_PARTITIONS: '2', R2_PUBLIC_URL: 'https://cdn.example.com/' },
    ...{
      JWT_ACCESS_SECRET: randomBytes(32).toString('hex'),
      JWT_REFRESH_SECRET: randomBytes(32).toString('hex'),
    },
    ...{ SMTP_URL: stackEnv().smtpUrl, MAIL_FROM: 'LMS <no-reply@lms.example>', APP_URL: 'http://localhost' },
    AUTH_JWKS_URL: 'http://127.0.0.1:1/jwks.json',
  };
}

function revocation(): EventData<'session.revoked'> {
  const now = new Date().toISOString();
  return {
    ...{ sessionId: randomUUID(), userId: randomUUID(), reason: 'logout' },
    ...{ accessTokensExpireAt: now, revokedAt: now },
  };
}

function publication(): EventData<'course.published'> {
  return { courseId: randomUUID(), version: 1, publishedAt: new Date().toISOString() };
}

async function publishedIds(topic: (typeof topics)['auth' | 'content']): Promise<string[]> {
  const config = parseConfig(kafkaVariables, {
    ...{ KAFKA_BROKERS: stackEnv().kafkaBrokers, KAFKA_TOPIC_PREFIX: prefix },
  });
  const ids: string[] = [];
  const kafka = createKafka({ config, clientId: 'test', log });
  await kafka.readAll(topicName(prefix, topic), ({ value }) => {
    ids.push((JSON.parse(value ?? '{}') as { id: string }).id);
  });
  return ids;
}
