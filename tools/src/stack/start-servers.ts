import { createKafkaBroker } from './kafka.ts';
import { createMailCatcher } from './mail.ts';
import { createObjectStoreServer, localAccessKey, localBucket } from './object-store.ts';
import type { PartContext, StackPart } from './part.ts';
import type { PortChooser } from './ports.ts';
import { createPostgres, postgresUrl } from './postgres.ts';
import { type Progress, SetupError } from './progress.ts';
import { createRedisServer } from './redis.ts';

/** Variables that name a server. Named servers are used; the others are started here. */
export const serverVariables = ['DATABASE_URL', 'REDIS_URL', 'KAFKA_BROKERS', 'R2_ENDPOINT', 'SMTP_URL'];

/** Addresses of the servers that services use, whether named by the user or started here. */
export interface Servers {
  databaseUrl: string;
  redisUrl: string;
  brokers: string;
  r2: { endpoint: string; region: string; bucket: string; accessKey: string; secretKey: string };
  smtpUrl: string;
  inboxUrl?: string;
}

/** A server to start here. */
interface Start {
  title: string;
  port: number;
  create(context: PartContext): Promise<StackPart>;
}

export interface ServerPlan {
  servers: Servers;
  starts: Start[];
}

/** Plans the address of every server, and which servers must be started. Starts nothing. */
export async function planServers(facts: {
  ports: PortChooser;
  secrets: Record<string, string>;
  userEnv: NodeJS.ProcessEnv;
  durable: boolean;
}): Promise<ServerPlan> {
  const { ports, secrets, userEnv, durable } = facts;
  const port = {
    postgres: await ports.choose('postgres', 5432),
    redis: await ports.choose('redis', 6379),
    kafka: await ports.choose('kafka', 9092),
    controller: await ports.choose('kafkaController', 9093),
    s3: await ports.choose('s3', 9000),
    smtp: await ports.choose('smtp', 1025),
    inbox: await ports.choose('inbox', 1080),
  };
  const database = { port: port.postgres, password: secrets.postgres ?? '' };
  const starts: Record<string, Start> = {
    DATABASE_URL: {
      title: 'PostgreSQL',
      port: port.postgres,
      create: (context) => createPostgres(context, { ...database, durable }),
    },
    REDIS_URL: {
      title: 'Redis',
      port: port.redis,
      create: (context) => createRedisServer(context, { port: port.redis, durable }),
    },
    KAFKA_BROKERS: {
      title: 'Apache Kafka',
      port: port.kafka,
      create: (context) => createKafkaBroker(context, { port: port.kafka, controllerPort: port.controller }),
    },
    R2_ENDPOINT: {
      title: 'Object store (S3)',
      port: port.s3,
      create: (context) => createObjectStoreServer(context, { port: port.s3, secretKey: secrets.s3 ?? '' }),
    },
    SMTP_URL: {
      title: 'Mail catcher',
      port: port.smtp,
      create: (context) => createMailCatcher(context, { smtpPort: port.smtp, webPort: port.inbox }),
    },
  };
  return {
    starts: serverVariables.filter((name) => !userEnv[name]).map((name) => starts[name] as Start),
    servers: {
      databaseUrl: userEnv.DATABASE_URL || postgresUrl(database),
      redisUrl: userEnv.REDIS_URL || `redis://127.0.0.1:${port.redis}`,
      brokers: userEnv.KAFKA_BROKERS || `127.0.0.1:${port.kafka}`,
      r2: userEnv.R2_ENDPOINT
        ? {
            endpoint: userEnv.R2_ENDPOINT,
            region: userEnv.R2_REGION || 'auto',
            bucket: userEnv.R2_BUCKET ?? '',
            accessKey: userEnv.R2_ACCESS_KEY ?? '',
            secretKey: userEnv.R2_SECRET_KEY ?? '',
          }
        : {
            endpoint: `http://127.0.0.1:${port.s3}`,
            region: 'auto',
            bucket: localBucket,
            accessKey: localAccessKey,
            secretKey: secrets.s3 ?? '',
          },
      ...(userEnv.SMTP_URL
        ? { smtpUrl: userEnv.SMTP_URL }
        : { smtpUrl: `smtp://127.0.0.1:${port.smtp}`, inboxUrl: `http://127.0.0.1:${port.inbox}` }),
    },
  };
}

/** Starts the planned servers concurrently. Each is added to `parts` before it starts, so that it can be stopped. */
export async function startServers(start: {
  context: PartContext;
  starts: Start[];
  parts: StackPart[];
  progress: Progress;
}): Promise<void> {
  const { context, starts, parts, progress } = start;
  await settleAll(
    starts.map(({ title, port, create }) =>
      progress.step(
        title,
        async () => {
          const part = await create(context);
          context.signal.throwIfAborted();
          parts.push(part);
          await part.start();
        },
        () => `port ${port}`,
      ),
    ),
  );
}

/** Waits for all even if one fails, so that nothing is still starting while the rest is stopped. */
export async function settleAll(work: Promise<unknown>[]): Promise<void> {
  const results = await Promise.allSettled(work);
  const failures = results.flatMap((result) =>
    result.status === 'rejected' ? [result.reason as Error] : [],
  );
  if (failures.length === 0) return;
  const text = failures.map((failure) => failure.message).join('\n');
  throw failures.every((failure) => failure instanceof SetupError) ? new SetupError(text) : new Error(text);
}
