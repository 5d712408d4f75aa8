import type { Logger } from '@lms/runtime';
import {
  type EachBatchPayload,
  type IHeaders,
  Kafka as KafkaJs,
  type KafkaConfig as KafkaJsConfig,
  type KafkaMessage,
  logLevel,
  Partitioners,
  type SASLOptions,
} from 'kafkajs';
import type {
  ConsumeOptions,
  IncomingMessage,
  Kafka,
  KafkaAdmin,
  KafkaConsumer,
  KafkaProducer,
  TopicSpec,
} from './port.ts';
import type { KafkaConfig } from './variables.ts';

const connectionTimeoutMs = 3_000;
const requestTimeoutMs = 10_000;

/** The port on kafkajs 2 (docs/adr/0004-kafka-client.md). The only file that knows that client. */
export function createKafka(options: { config: KafkaConfig; clientId: string; log: Logger }): Kafka {
  const client = (overrides: Partial<KafkaJsConfig> = {}) =>
    new KafkaJs({
      clientId: options.clientId,
      brokers: options.config.KAFKA_BROKERS,
      connectionTimeout: connectionTimeoutMs,
      authenticationTimeout: connectionTimeoutMs,
      requestTimeout: requestTimeoutMs,
      enforceRequestTimeout: true,
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 5 },
      ...securityOf(options.config),
      logLevel: logLevel.WARN,
      logCreator: () => logTo(options.log),
      ...overrides,
    });

  return {
    async createProducer() {
      return createProducer(client());
    },
    consume: (consume) => startConsumer(client(), consume),
    readAll: (topic, onMessage, signal) => readAll(client(), topic, onMessage, signal),
    createAdmin: () =>
      createAdmin(
        client({ retry: { retries: 0 }, connectionTimeout: 1_000, requestTimeout: 5_000 }),
        client(),
      ),
  };
}

function securityOf(config: KafkaConfig): Pick<KafkaJsConfig, 'ssl' | 'sasl'> {
  const { KAFKA_SSL_CA: ca, KAFKA_SASL_MECHANISM: mechanism } = config;
  const ssl = config.KAFKA_SSL ? { ssl: ca ? { ca: [ca], rejectUnauthorized: true } : true } : {};
  if (!mechanism) return ssl;
  const { KAFKA_SASL_USERNAME: username, KAFKA_SASL_PASSWORD: password } = config;
  if (!username || !password)
    throw new Error('KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD go with KAFKA_SASL_MECHANISM');
  return { ...ssl, sasl: { mechanism, username, password } as SASLOptions };
}

/**
 * An idempotent producer with one request in flight. After a failed send the client is thrown away and made
 * anew, because its sequence numbers may no longer be those of the broker; a retry by the caller may then
 * duplicate, which the inbox of each consumer takes care of.
 */
async function createProducer(client: KafkaJs): Promise<KafkaProducer> {
  const connect = async () => {
    const producer = client.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    await producer.connect();
    return producer;
  };
  let current: ReturnType<typeof connect> | undefined = connect();
  await current.catch(() => {
    current = undefined;
  });

  return {
    async send(messages) {
      const byTopic = new Map<string, { key: string; value: string; headers?: Record<string, string> }[]>();
      for (const { topic, ...message } of messages) {
        const list = byTopic.get(topic) ?? [];
        byTopic.set(topic, list);
        list.push(message);
      }
      current ??= connect();
      const attempt = current;
      try {
        const producer = await attempt;
        const topicMessages = [...byTopic].map(([topic, list]) => ({ topic, messages: list }));
        await producer.sendBatch({ topicMessages, acks: -1, timeout: requestTimeoutMs });
      } catch (error) {
        if (current === attempt) current = undefined;
        void attempt.then((producer) => producer.disconnect()).catch(() => undefined);
        throw error;
      }
    },
    async close() {
      await current?.then((producer) => producer.disconnect()).catch(() => undefined);
    },
  };
}

async function startConsumer(client: KafkaJs, options: ConsumeOptions): Promise<KafkaConsumer> {
  const consumer = client.consumer({
    groupId: options.groupId,
    allowAutoTopicCreation: false,
    sessionTimeout: 30_000,
    heartbeatInterval: 3_000,
    rebalanceTimeout: 30_000,
    // How long the broker may hold a fetch open without data; a message ends the wait at once.
    maxWaitTimeInMs: 1_000,
    maxBytesPerPartition: 1_048_576,
    retry: { initialRetryTime: 200, maxRetryTime: 2_000, retries: 5, restartOnFailure: async () => true },
  });
  await consumer.connect();
  await consumer.subscribe({ topics: options.topics, fromBeginning: true });
  await consumer.run({
    eachBatchAutoResolve: false,
    autoCommit: true,
    autoCommitInterval: 1_000,
    partitionsConsumedConcurrently: options.concurrency,
    eachBatch: async (payload: EachBatchPayload) => {
      const { topic, partition, messages } = payload.batch;
      await options.onBatch({
        topic,
        partition,
        messages: messages.map((message) => incoming(topic, partition, message)),
        heartbeat: () => payload.heartbeat(),
        done: (message) => payload.resolveOffset(message.offset),
        commit: () => payload.commitOffsetsIfNecessary(payload.uncommittedOffsets()),
        isActive: () => payload.isRunning() && !payload.isStale(),
      });
    },
  });
  return {
    async stop() {
      await consumer.stop();
      await consumer.disconnect();
    },
  };
}

async function readAll(
  client: KafkaJs,
  topic: string,
  onMessage: (message: IncomingMessage) => void,
  signal?: AbortSignal,
): Promise<void> {
  const admin = client.admin();
  await admin.connect();
  const ends = new Map<number, bigint>();
  for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
    if (BigInt(high) > BigInt(low)) ends.set(partition, BigInt(high));
  }
  const groupId = `lms.reader.${crypto.randomUUID()}`;
  if (ends.size === 0) {
    await admin.disconnect();
    return;
  }
  const consumer = client.consumer({ groupId, allowAutoTopicCreation: false, maxWaitTimeInMs: 200 });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      signal?.addEventListener('abort', () => resolve(), { once: true });
      consumer
        .run({
          autoCommit: false,
          eachMessage: async ({ partition, message }) => {
            const end = ends.get(partition);
            if (end === undefined || BigInt(message.offset) >= end) return;
            onMessage(incoming(topic, partition, message));
            if (BigInt(message.offset) + 1n >= end) ends.delete(partition);
            if (ends.size === 0) resolve();
          },
        })
        .catch(reject);
    });
  } finally {
    await consumer.disconnect();
    await admin.deleteGroups([groupId]).catch(() => undefined);
    await admin.disconnect();
  }
}

/** `probe` fails fast for health checks; `patient` retries. */
function createAdmin(probe: KafkaJs, patient: KafkaJs): KafkaAdmin {
  const probeAdmin = probe.admin();
  let probing: Promise<void> | undefined;
  const withAdmin = async <T>(work: (admin: ReturnType<KafkaJs['admin']>) => Promise<T>): Promise<T> => {
    const admin = patient.admin();
    await admin.connect();
    try {
      return await work(admin);
    } finally {
      await admin.disconnect();
    }
  };
  return {
    async ping() {
      probing ??= probeAdmin.connect();
      try {
        await probing;
        await probeAdmin.describeCluster();
      } catch (error) {
        probing = undefined;
        await probeAdmin.disconnect().catch(() => undefined);
        throw error;
      }
    },
    ensureTopics: (specs) => withAdmin((admin) => ensureTopics(admin, specs)),
    offsets: (topic) =>
      withAdmin(async (admin) =>
        (await admin.fetchTopicOffsets(topic)).map(({ partition, low, high }) => ({
          partition,
          low: BigInt(low),
          high: BigInt(high),
        })),
      ),
    lag: (groupId, topic) =>
      withAdmin(async (admin) => {
        const ends = await admin.fetchTopicOffsets(topic);
        const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] });
        return ends.map(({ partition, low, high }) => {
          const offset = BigInt(committed?.partitions.find((p) => p.partition === partition)?.offset ?? '-1');
          return { partition, lag: Number(BigInt(high) - (offset < 0n ? BigInt(low) : offset)) };
        });
      }),
    async close() {
      await probeAdmin.disconnect().catch(() => undefined);
    },
  };
}

async function ensureTopics(admin: ReturnType<KafkaJs['admin']>, specs: TopicSpec[]): Promise<string[]> {
  const existing = new Set(await admin.listTopics());
  const missing = specs.filter(({ name }) => !existing.has(name));
  if (missing.length === 0) return [];
  // False when somebody else created one of them meanwhile: that is fine.
  await admin.createTopics({
    waitForLeaders: true,
    timeout: requestTimeoutMs,
    topics: missing.map(({ name, partitions, replicationFactor, config }) => ({
      topic: name,
      numPartitions: partitions,
      replicationFactor,
      configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
    })),
  });
  return missing.map(({ name }) => name);
}

function incoming(topic: string, partition: number, message: KafkaMessage): IncomingMessage {
  return {
    topic,
    partition,
    offset: message.offset,
    key: message.key?.toString('utf8') ?? null,
    value: message.value?.toString('utf8') ?? null,
    headers: textHeaders(message.headers),
    timestampMs: Number(message.timestamp),
  };
}

function textHeaders(headers: IHeaders | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [
      name,
      String(Array.isArray(value) ? value[0] : (value ?? '')),
    ]),
  );
}

/** kafkajs reports every hiccup as an error; what matters shows in our own logs and metrics. */
function logTo(log: Logger) {
  return ({
    namespace,
    log: { message, error },
  }: {
    namespace: string;
    log: { message: string; error?: unknown };
  }) => {
    log.debug({ namespace, error: typeof error === 'string' ? error : undefined }, `kafkajs: ${message}`);
  };
}
