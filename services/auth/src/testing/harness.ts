import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseConfig, serviceVariables } from '@lms/config';
import { type CloudEvent, createKafka, ensureTopics, type KafkaConfig } from '@lms/events';
import { migrateJobs } from '@lms/jobs';
import { migrateDeploy } from '@lms/postgres';
import { waitForRedis } from '@lms/redis';
import { createLogger, createMetrics, type Metrics } from '@lms/runtime';
import { createTestDatabase, stackEnv } from '@lms/testing';
import { createApp } from '../app.ts';
import { authVariables } from '../config.ts';
import { createDeps, type Deps, migrationsDir, serviceName } from '../deps.ts';
import { createJobs } from '../jobs.ts';

export interface Answer {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of many shapes
  body: any;
}

/** Somebody who has registered, with the tokens of that moment. */
export interface Account {
  userId: string;
  email: string;
  password: string;
  sessionId: string;
  token: string;
  refreshToken: string;
}

export type Harness = Awaited<ReturnType<typeof startHarness>>;

/** Key of the tests' tokens; another than in any other environment. */
const secretOf = (name: string) => `${name} of the tests, long enough to be one`;

/** The real app on a database and topics of its own. `env` is set over the defaults. */
export async function startHarness(env: Record<string, string> = {}) {
  const database = await createTestDatabase('auth');
  const prefix = `auth-${randomBytes(5).toString('hex')}.`;
  const { redisUrl, kafkaBrokers, smtpUrl } = stackEnv();
  const config = parseConfig(
    { ...serviceVariables, ...authVariables },
    {
      DATABASE_URL: database.databaseUrl,
      REDIS_URL: redisUrl,
      KAFKA_BROKERS: kafkaBrokers,
      KAFKA_TOPIC_PREFIX: prefix,
      KAFKA_PARTITIONS: '1',
      JWT_ACCESS_SECRET: `${prefix} ${secretOf('access secret')}`,
      JWT_REFRESH_SECRET: `${prefix} ${secretOf('refresh secret')}`,
      SMTP_URL: smtpUrl,
      MAIL_FROM: 'LMS <no-reply@lms.example>',
      APP_URL: 'https://app.example.com/',
      ...env,
    },
  );
  const logLines: string[] = [];
  const log = createLogger({
    service: serviceName,
    level: 'trace',
    destination: { write: (line) => void logLines.push(line) },
  });
  const metrics = createMetrics({ service: serviceName, nodeMetrics: false });
  const { deps, close } = createDeps(config, { log });
  await migrateDeploy({ databaseUrl: database.databaseUrl, schema: serviceName, migrationsDir, log });
  await migrateJobs({ pool: deps.pool, service: serviceName, log });
  if (!env.REDIS_URL) await waitForRedis(deps.redis);
  const { server, base } = await listen(deps, metrics);
  const call = callerOf(base);

  return {
    deps,
    config,
    metrics,
    log,
    /** Everything that was logged so far, one JSON line each. */
    logLines,
    database,
    call,
    /** Registers somebody; `changes` over what is sent. */
    async register(changes: Record<string, unknown> = {}): Promise<Account> {
      const sent = { email: newEmail(), password: newPassword(), ...changes } as {
        email: string;
        password: string;
      };
      const answer = await call('POST', '/auth/register', { body: sent, ip: newAddress() });
      if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
      return { ...sent, ...tokensOf(answer) };
    },
    /** Gives a registered account another role; sign in again to use it. */
    async setRole({ userId }: Account, role: string): Promise<void> {
      await database.query('UPDATE auth.users SET role = $2 WHERE id = $1', [userId, role]);
    },
    async login({ email, password }: Pick<Account, 'email' | 'password'>): Promise<Account> {
      const answer = await call('POST', '/auth/login', { body: { email, password }, ip: newAddress() });
      if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
      return { email, password, ...tokensOf(answer) };
    },
    /** Answers with other dependencies. */
    async withDeps(changes: Partial<Deps>) {
      const other = await listen(
        { ...deps, ...changes },
        createMetrics({ service: serviceName, nodeMetrics: false }),
      );
      return { call: callerOf(other.base), close: () => stop(other.server) };
    },
    /** Events in the outbox, oldest first: nothing publishes them here unless a relay is started. */
    async events(userId?: string): Promise<CloudEvent[]> {
      const rows = await database.query<{ payload: string; key: string }>(
        'SELECT payload, key FROM auth.outbox ORDER BY seq',
      );
      return rows
        .filter(({ key }) => userId === undefined || key === userId)
        .map(({ payload }) => JSON.parse(payload) as CloudEvent);
    },
    /** Waiting jobs with their payloads. */
    jobs,
    /** Runs the mail jobs of a user that wait, once; throws what they throw. */
    async runMails(userId: string | null): Promise<number> {
      const handlers = createJobs(deps);
      const waiting = (await jobs()).filter(({ payload }) => payload.userId === userId);
      for (const { id, name, payload } of waiting) {
        await database.query('DELETE FROM auth_jobs._private_jobs WHERE id = $1', [id]);
        const signal = new AbortController().signal;
        await handlers[name]?.(payload as never, { log, attempt: 1, isLastAttempt: false, signal });
      }
      return waiting.length;
    },
    ensureTopics: () =>
      ensureTopics({
        kafka: createKafka({ config: config as KafkaConfig, clientId: 'test', log }),
        config: config as KafkaConfig,
        log,
      }),
    async stop() {
      await stop(server);
      await close();
      await database.drop();
    },
  };

  function jobs() {
    return database.query<{ id: string; name: string; payload: { userId: string | null }; run_at: Date }>(
      `SELECT jobs.id, tasks.identifier AS name, jobs.payload, jobs.run_at FROM auth_jobs._private_jobs jobs
       JOIN auth_jobs._private_tasks tasks ON tasks.id = jobs.task_id ORDER BY jobs.id`,
    );
  }
}

export const newEmail = () => `test-${randomBytes(8).toString('hex')}@example.com`;
export const newPassword = () => `lamp river ${randomBytes(6).toString('hex')}`;

/** An address in a network that nobody else has. */
export function newAddress(): string {
  return `2001:db8:${randomBytes(2).toString('hex')}:${randomBytes(2).toString('hex')}::1`;
}

function tokensOf({ body }: Answer) {
  const { user, sessionId, accessToken, refreshToken } = body;
  return { userId: user.id, sessionId, token: accessToken, refreshToken };
}

interface CallOptions {
  body?: unknown;
  /** Access token. */
  token?: string;
  /** Where the request seems to come from. */
  ip?: string;
  headers?: Record<string, string>;
}

function callerOf(base: string) {
  return async (method: string, path: string, options: CallOptions = {}): Promise<Answer> => {
    const { token, ip, body } = options;
    const response = await fetch(base + path, {
      method,
      headers: {
        ...(token ? { authorization: `Bearer ${token}` } : {}),
        ...(ip ? { 'x-forwarded-for': ip } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(20_000),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text ? JSON.parse(text) : undefined };
  };
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
