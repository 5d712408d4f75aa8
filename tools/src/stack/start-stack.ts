import { mkdirSync } from 'node:fs';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { knownVariableNames } from '../known-variables.ts';
import { generateClients } from '../prisma/generate.ts';
import { seedAccounts } from '../seed/accounts.ts';
import { checkNamedServers, readUserEnv } from './environment.ts';
import { createIngress, readRoutes } from './ingress.ts';
import { createKafkaBroker } from './kafka.ts';
import { createMailCatcher } from './mail.ts';
import { createObjectStoreServer, localAccessKey, localBucket } from './object-store.ts';
import type { PartContext, StackPart } from './part.ts';
import { createPortChooser } from './ports.ts';
import { createPostgres } from './postgres.ts';
import { isAlive, markSelf, stopMarked } from './processes.ts';
import { type Progress, SetupError } from './progress.ts';
import { createRedisServer } from './redis.ts';
import { checkConfigs, createServicePart, runOnce, type ServiceName, serviceNames } from './services.ts';
import { localSecrets, openState, type StateFile } from './state.ts';

export interface StackOptions {
  repo: string;
  /** Folder of data, logs and state. */
  home: string;
  /** `preferred`: the well-known ports when they are free. `free`: far from them, for tests. */
  ports: 'preferred' | 'free';
  /** False: servers alone, nothing of ours. */
  services: boolean;
  /** Restart services when their code changes. */
  watch: boolean;
  /** False: data need not survive a crash of this machine (tests). */
  durable: boolean;
  /** Reads `.env` and takes servers from the environment. False: everything is started here. */
  useUserEnv: boolean;
  /** Set over everything else, for all services. */
  env?: Record<string, string>;
  progress: Progress;
}

export interface Stack {
  /** Environment of the services, without PORT and METRICS_PORT. */
  env: Record<string, string>;
  urls: { base: string; inbox?: string };
  part(name: string): StackPart;
  /** Metrics port of a service. */
  metricsPort(service: ServiceName): number;
  stop(): Promise<void>;
}

/**
 * Starts everything: servers, migrations, accounts, services and the ingress. What it started is stopped
 * again when a step fails.
 * @throws SetupError for what the user can mend; Error with the log's end otherwise.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { repo, home, progress } = options;
  const state = openState(home);
  await clearEarlierRun(state, progress);
  const userEnv = options.useUserEnv ? readUserEnv(repo) : { ...process.env, ...emptyServers };
  const named = Object.keys(emptyServers).filter((name) => userEnv[name]);
  await checkNamedServers(userEnv, named);
  for (const name of named) progress.note(`✓ ${name} is set: using yours`);

  state.update({ processes: [markSelf('supervisor')], status: 'starting' });
  const context = contextOf(options, state);
  const ports = createPortChooser({ remembered: state.read().ports, mode: options.ports });
  const secrets = localSecrets(state);
  const parts: StackPart[] = [];
  let ingress: Server | undefined;
  const stop = async () => {
    await closeServer(ingress);
    await stopParts(parts);
    state.update({ status: 'stopped', processes: [] });
  };

  try {
    const servers = await startServers({ context, ports, secrets, userEnv, parts, options });
    const ingressPort = await ports.choose('ingress', 8080);
    const servicePorts = await chooseServicePorts(ports);
    state.update({ ports: ports.chosen });
    const env = servicesEnv({
      servers,
      userEnv,
      secrets,
      ingressPort,
      servicePorts,
      overrides: options.env ?? {},
    });
    const envOf = (service: ServiceName) => ({
      ...baseEnv(),
      ...env,
      PORT: String(servicePorts[service].http),
      METRICS_PORT: String(servicePorts[service].metrics),
      SEED_ACCOUNTS: service === 'auth' ? JSON.stringify(seedAccounts) : '',
    });
    const urls = {
      base: `http://localhost:${ingressPort}/api/v1`,
      ...(servers.inboxUrl ? { inbox: servers.inboxUrl } : {}),
    };
    if (options.services) {
      await prepareServices(context, envOf, progress);
      const started = serviceNames.map((service) =>
        createServicePart(context, {
          service,
          port: servicePorts[service].http,
          env: envOf(service),
          watch: options.watch,
        }),
      );
      parts.push(...started);
      await progress.step(
        'Services',
        () => Promise.all(started.map((part) => part.start())),
        () => serviceNames.join(', '),
      );
      ingress = createIngress({
        routes: readRoutes(repo),
        targetOf: (service) => `http://127.0.0.1:${servicePorts[service as ServiceName].http}`,
        cdn: {
          endpoint: env.R2_ENDPOINT ?? '',
          bucket: env.R2_BUCKET ?? '',
          accessKey: env.R2_ACCESS_KEY ?? '',
          secretKey: env.R2_SECRET_KEY ?? '',
        },
      });
      await progress.step(
        'Ingress',
        () => listen(ingress as Server, ingressPort),
        () => urls.base,
      );
    }
    state.update({ env, urls });
    return {
      env,
      urls,
      part: (name) => {
        const found = parts.find((part) => part.name === name);
        if (!found) throw new Error(`the stack did not start a part "${name}"`);
        return found;
      },
      metricsPort: (service) => servicePorts[service].metrics,
      stop,
    };
  } catch (error) {
    await stop();
    state.update({ status: 'failed' });
    throw error;
  }
}

const emptyServers = { DATABASE_URL: '', REDIS_URL: '', KAFKA_BROKERS: '', R2_ENDPOINT: '', SMTP_URL: '' };

interface Servers {
  databaseUrl: string;
  redisUrl: string;
  brokers: string;
  r2: { endpoint: string; bucket: string; accessKey: string; secretKey: string };
  smtpUrl: string;
  inboxUrl?: string;
}

/** Starts, side by side, the servers that the user did not name. */
async function startServers(start: {
  context: PartContext;
  ports: ReturnType<typeof createPortChooser>;
  secrets: Record<string, string>;
  userEnv: NodeJS.ProcessEnv;
  parts: StackPart[];
  options: StackOptions;
}): Promise<Servers> {
  const { context, ports, secrets, userEnv, parts, options } = start;
  const { progress, durable } = options;
  const port = {
    postgres: await ports.choose('postgres', 5432),
    redis: await ports.choose('redis', 6379),
    kafka: await ports.choose('kafka', 9092),
    kafkaController: await ports.choose('kafkaController', 9093),
    s3: await ports.choose('s3', 9000),
    smtp: await ports.choose('smtp', 1025),
    inbox: await ports.choose('inbox', 1080),
  };
  const up = async <T extends { part: StackPart }>(
    title: string,
    name: keyof typeof port,
    create: () => Promise<T>,
  ): Promise<T> =>
    progress.step(
      title,
      async () => {
        const made = await create();
        parts.push(made.part);
        await made.part.start();
        return made;
      },
      () => `port ${port[name]}`,
    );
  const servers = await settleAll({
    databaseUrl:
      userEnv.DATABASE_URL ||
      up('PostgreSQL', 'postgres', () =>
        createPostgres(context, { port: port.postgres, password: secrets.postgres ?? '', durable }),
      ).then((made) => made.databaseUrl),
    redisUrl:
      userEnv.REDIS_URL ||
      up('Redis', 'redis', () => createRedisServer(context, { port: port.redis, durable })).then(
        (made) => made.redisUrl,
      ),
    brokers:
      userEnv.KAFKA_BROKERS ||
      up('Apache Kafka', 'kafka', () =>
        createKafkaBroker(context, { port: port.kafka, controllerPort: port.kafkaController }),
      ).then((made) => made.brokers),
    r2: userEnv.R2_ENDPOINT
      ? {
          endpoint: userEnv.R2_ENDPOINT,
          bucket: userEnv.R2_BUCKET ?? '',
          accessKey: userEnv.R2_ACCESS_KEY ?? '',
          secretKey: userEnv.R2_SECRET_KEY ?? '',
        }
      : up('Object store (S3)', 's3', () =>
          createObjectStoreServer(context, { port: port.s3, secretKey: secrets.s3 ?? '' }),
        ).then((made) => ({
          endpoint: made.endpoint,
          bucket: localBucket,
          accessKey: localAccessKey,
          secretKey: secrets.s3 ?? '',
        })),
    mail: userEnv.SMTP_URL
      ? { smtpUrl: userEnv.SMTP_URL }
      : up('Mail catcher', 'smtp', async () =>
          createMailCatcher(context, { smtpPort: port.smtp, webPort: port.inbox }),
        ),
  });
  const { mail, ...rest } = servers;
  return { ...rest, smtpUrl: mail.smtpUrl, ...('inboxUrl' in mail ? { inboxUrl: mail.inboxUrl } : {}) };
}

/** Waits for all, also when one fails: nothing may still be starting while the rest is stopped. */
async function settleAll<T extends Record<string, unknown>>(
  work: T,
): Promise<{ [K in keyof T]: Awaited<T[K]> }> {
  const results = await Promise.allSettled(Object.values(work));
  const failures = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as Error] : [],
  );
  if (failures.length > 0) {
    const text = failures.map((failure) => failure.message).join('\n');
    throw failures.every((failure) => failure instanceof SetupError) ? new SetupError(text) : new Error(text);
  }
  const values = results.map((result) => (result as PromiseFulfilledResult<unknown>).value);
  return Object.fromEntries(Object.keys(work).map((name, index) => [name, values[index]])) as never;
}

async function prepareServices(
  context: PartContext,
  envOf: (service: ServiceName) => NodeJS.ProcessEnv,
  progress: Progress,
): Promise<void> {
  await progress.step('Prisma clients', () => generateClients());
  await progress.step('Configuration', () => checkConfigs(context, envOf));
  const withDatabase = serviceNames.filter((service) => service !== 'status');
  await progress.step('Migrations and topics', () =>
    Promise.all(
      withDatabase.map((service) => runOnce(context, { service, mode: 'migrate', env: envOf(service) })),
    ),
  );
  await progress.step('Accounts', () =>
    runOnce(context, { service: 'auth', mode: 'seed', env: envOf('auth') }),
  );
}

type ServicePorts = Record<ServiceName, { http: number; metrics: number }>;

async function chooseServicePorts(ports: ReturnType<typeof createPortChooser>): Promise<ServicePorts> {
  const entries: [ServiceName, { http: number; metrics: number }][] = [];
  for (const [index, service] of serviceNames.entries()) {
    const http = await ports.choose(service, 3001 + index);
    entries.push([service, { http, metrics: await ports.choose(`${service}Metrics`, 9464 + index) }]);
  }
  return Object.fromEntries(entries) as ServicePorts;
}

function servicesEnv(facts: {
  servers: Servers;
  userEnv: NodeJS.ProcessEnv;
  secrets: Record<string, string>;
  ingressPort: number;
  servicePorts: ServicePorts;
  overrides: Record<string, string>;
  /** Variables that services read; nothing else of the user's environment reaches them. */
  known: Set<string>;
}): Record<string, string> {
  const { servers, userEnv, secrets, ingressPort, servicePorts, overrides, known } = facts;
  const targets = serviceNames.filter((service) => service !== 'status');
  const defaults: Record<string, string> = {
    NODE_ENV: 'development',
    JWT_ACCESS_SECRET: secrets.jwtAccess ?? '',
    JWT_REFRESH_SECRET: secrets.jwtRefresh ?? '',
    AUTH_JWKS_URL: `http://127.0.0.1:${servicePorts.auth.http}/api/v1/.well-known/jwks.json`,
    R2_PUBLIC_URL: `http://localhost:${ingressPort}/cdn`,
    MAIL_FROM: 'LMS <no-reply@lms.example>',
    APP_URL: `http://localhost:${ingressPort}`,
    SHUTDOWN_TIMEOUT_MS: '10000',
  };
  const fixed: Record<string, string> = {
    DATABASE_URL: servers.databaseUrl,
    REDIS_URL: servers.redisUrl,
    KAFKA_BROKERS: servers.brokers,
    R2_ENDPOINT: servers.r2.endpoint,
    R2_BUCKET: servers.r2.bucket,
    R2_ACCESS_KEY: servers.r2.accessKey,
    R2_SECRET_KEY: servers.r2.secretKey,
    SMTP_URL: servers.smtpUrl,
    STATUS_TARGETS: targets
      .map((service) => `${service}=http://127.0.0.1:${servicePorts[service].metrics}`)
      .join(','),
  };
  const system = new Set(Object.keys(baseEnv()));
  const given = Object.fromEntries(
    Object.entries(userEnv).filter(
      ([name, value]) => value !== undefined && value !== '' && !system.has(name),
    ),
  ) as Record<string, string>;
  return { ...defaults, ...given, ...fixed, ...overrides };
}

/** What a program needs of the machine; everything else a service gets is named above. */
function baseEnv(): NodeJS.ProcessEnv {
  const names = ['PATH', 'HOME', 'LANG', 'TMPDIR', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'];
  return Object.fromEntries(
    names.filter((name) => process.env[name]).map((name) => [name, process.env[name]]),
  );
}

function contextOf(options: StackOptions, state: StateFile): PartContext {
  const dataDir = join(options.home, 'data');
  const logDir = join(options.home, 'logs');
  mkdirSync(dataDir, { recursive: true });
  return {
    home: options.home,
    dataDir,
    logDir,
    repo: options.repo,
    started: ({ name, pid, startedAt }) =>
      state.update({ processes: [...state.read().processes, { name, pid, startedAt }] }),
    outside: (folder) => state.update({ outside: [...new Set([...(state.read().outside ?? []), folder])] }),
  };
}

/** Stops what a run that was killed has left behind. Refuses to touch one that is alive. */
async function clearEarlierRun(state: StateFile, progress: Progress): Promise<void> {
  const [supervisor, ...children] = state.read().processes;
  if (supervisor && supervisor.pid !== process.pid && isAlive(supervisor)) {
    throw new SetupError(
      `This stack is already running (process ${supervisor.pid}). Stop it with: npm run down`,
    );
  }
  const left = children.filter((mark) => isAlive(mark));
  if (left.length === 0) return;
  await progress.step(`Stopping what an earlier run left (${left.length})`, async () => {
    for (const mark of left.reverse()) await stopMarked(mark, 15_000);
  });
}

/** Services first, side by side, then the servers they used. */
async function stopParts(parts: StackPart[]): Promise<void> {
  const isService = (part: StackPart) => (serviceNames as readonly string[]).includes(part.name);
  await Promise.allSettled(parts.filter(isService).map((part) => part.stop()));
  await Promise.allSettled(parts.filter((part) => !isService(part)).map((part) => part.stop()));
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, resolve);
  });
}

function closeServer(server: Server | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (!server?.listening) return resolve();
    server.close(() => resolve());
    server.closeIdleConnections();
    setTimeout(() => server.closeAllConnections(), 2_000).unref();
  });
}
