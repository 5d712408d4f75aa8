import { createKafkaBroker } from './kafka.ts';
import { createMailCatcher } from './mail.ts';
import { createObjectStoreServer, localAccessKey, localBucket } from './object-store.ts';
import type { PartContext, StackPart } from './part.ts';
import type { createPortChooser } from './ports.ts';
import { createPostgres } from './postgres.ts';
import { type Progress, SetupError } from './progress.ts';
import { createRedisServer } from './redis.ts';

/** Variables that name a server; empty means: start one here. */
export const emptyServers = {
  DATABASE_URL: '',
  REDIS_URL: '',
  KAFKA_BROKERS: '',
  R2_ENDPOINT: '',
  SMTP_URL: '',
};

/** The servers that services use, wherever they come from. */
export interface Servers {
  databaseUrl: string;
  redisUrl: string;
  brokers: string;
  r2: { endpoint: string; bucket: string; accessKey: string; secretKey: string };
  smtpUrl: string;
  inboxUrl?: string;
}

/** Starts, side by side, the servers that the user did not name. */
export async function startServers(start: {
  context: PartContext;
  ports: ReturnType<typeof createPortChooser>;
  secrets: Record<string, string>;
  userEnv: NodeJS.ProcessEnv;
  parts: StackPart[];
  options: { progress: Progress; durable: boolean };
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
