import { setTimeout as sleep } from 'node:timers/promises';
import type { Kafka as KafkaJs } from 'kafkajs';
import type { KafkaAdmin, KafkaProducer, TopicSpec } from '../port.ts';

type Admin = ReturnType<KafkaJs['admin']>;

/** `probe` fails fast, for health checks; `patient` retries. `findProducer`: the one that publishes, if any. */
export function createAdmin(options: {
  probe: KafkaJs;
  patient: KafkaJs;
  requestTimeoutMs: number;
  findProducer: () => KafkaProducer | undefined;
  createProducer: () => KafkaProducer;
}): KafkaAdmin {
  const withAdmin = async <T>(work: (admin: Admin) => Promise<T>): Promise<T> => {
    const admin = options.patient.admin();
    try {
      await admin.connect();
      return await work(admin);
    } finally {
      await admin.disconnect().catch(() => undefined);
    }
  };
  const probe = createProbe(options.probe);
  let ownProducer: KafkaProducer | undefined;
  return {
    ping: probe.ping,
    async pingProducer() {
      const publishing = options.findProducer();
      ownProducer ??= publishing ? undefined : options.createProducer();
      await (publishing ?? ownProducer)?.ping();
    },
    async close() {
      await Promise.all([probe.close(), ownProducer?.close()]);
    },
    ensureTopics: (specs) => withAdmin((admin) => ensureTopics(admin, specs, options.requestTimeoutMs)),
    partitions: (topics) =>
      withAdmin(async (admin) => {
        const metadata = await admin.fetchTopicMetadata({ topics });
        return new Map(metadata.topics.map(({ name, partitions }) => [name, partitions.length]));
      }),
    offsets: (topic) =>
      withAdmin(async (admin) =>
        (await admin.fetchTopicOffsets(topic)).map(({ partition, low, high }) => ({
          partition,
          low: BigInt(low),
          high: BigInt(high),
        })),
      ),
    lag: (groupId, topics) => withAdmin((admin) => lagOf(admin, groupId, topics)),
  };
}

/** One connection, kept between checks and replaced after a failure. */
function createProbe(client: KafkaJs): Pick<KafkaAdmin, 'ping' | 'close'> {
  let connected: Promise<Admin> | undefined;
  const connect = async (): Promise<Admin> => {
    const admin = client.admin();
    await admin.connect();
    return admin;
  };
  return {
    async ping() {
      connected ??= connect();
      const attempt = connected;
      try {
        await (await attempt).describeCluster();
      } catch (error) {
        if (connected === attempt) connected = undefined;
        attempt.then((admin) => admin.disconnect()).catch(() => undefined);
        throw error;
      }
    },
    async close() {
      await connected?.then((admin) => admin.disconnect()).catch(() => undefined);
    },
  };
}

async function lagOf(admin: Admin, groupId: string, topics: string[]): Promise<Map<string, number>> {
  const committed = await admin.fetchOffsets({ groupId, topics });
  const lag = new Map<string, number>();
  for (const topic of topics) {
    const done = committed.find((entry) => entry.topic === topic)?.partitions ?? [];
    const waiting = (await admin.fetchTopicOffsets(topic)).map(({ partition, low, high }) => {
      const offset = BigInt(done.find((entry) => entry.partition === partition)?.offset ?? '-1');
      return Number(BigInt(high) - (offset < 0n ? BigInt(low) : offset));
    });
    lag.set(
      topic,
      waiting.reduce((sum, count) => sum + count, 0),
    );
  }
  return lag;
}

async function ensureTopics(admin: Admin, specs: TopicSpec[], timeout: number): Promise<string[]> {
  const existing = new Set(await admin.listTopics());
  const missing = specs.filter(({ name }) => !existing.has(name));
  if (missing.length === 0) return [];
  // False if another process created one of them in the meantime, which is fine.
  await admin.createTopics({
    // kafkajs's own wait fails if a broker does not know the topic yet.
    waitForLeaders: false,
    timeout,
    topics: missing.map(({ name, partitions, replicationFactor, config }) => ({
      topic: name,
      numPartitions: partitions,
      replicationFactor,
      configEntries: Object.entries(config).map(([key, value]) => ({ name: key, value })),
    })),
  });
  const names = missing.map(({ name }) => name);
  await untilTheyHaveLeaders(admin, names, timeout);
  return names;
}

async function untilTheyHaveLeaders(admin: Admin, topics: string[], timeoutMs: number): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await admin.fetchTopicMetadata({ topics }).catch((error: unknown) => {
      if (notKnownYet(error)) return undefined;
      throw error;
    });
    if (found?.topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0))) return;
    if (Date.now() > deadline)
      throw new Error(`topics have no leaders after ${timeoutMs} ms: ${topics.join()}`);
    await sleep(50);
  }
}

function notKnownYet(error: unknown): boolean {
  const { type, cause } = error as { type?: string; cause?: { type?: string } };
  return ['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE'].includes(type ?? cause?.type ?? '');
}
