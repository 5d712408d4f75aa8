import { setTimeout as sleep } from 'node:timers/promises';
import { AssignerProtocol, type Kafka as KafkaJs } from 'kafkajs';
import type { KafkaAdmin, KafkaProducer, TopicReader, TopicSpec } from '../port.ts';

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
    readers: (topic, wanted) => withAdmin((admin) => readersOf(admin, topic, wanted)),
    raisePartitions: (topics, count) =>
      withAdmin((admin) => raisePartitions(admin, { topics, count, timeoutMs: options.requestTimeoutMs })),
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

async function readersOf(
  admin: Admin,
  topic: string,
  { names, prefix }: { names: string[]; prefix: string },
): Promise<TopicReader[]> {
  const ids = (await admin.listGroups()).groups.map(({ groupId }) => groupId);
  const wanted = new Set([...names, ...ids.filter((id) => id.startsWith(prefix))]);
  const { groups } = await admin.describeGroups([...wanted]);
  const ends = await admin.fetchTopicOffsets(topic);
  const readers: TopicReader[] = [];
  for (const { groupId, members } of groups) {
    const assigned = members.reduce((sum, { memberAssignment }) => {
      const partitions = AssignerProtocol.MemberAssignment.decode(memberAssignment)?.assignment[topic];
      return sum + (partitions?.length ?? 0);
    }, 0);
    const [committed] = await admin.fetchOffsets({ groupId, topics: [topic] });
    const done = new Map(committed?.partitions.map(({ partition, offset }) => [partition, BigInt(offset)]));
    const everCommitted = [...done.values()].some((offset) => offset >= 0n);
    if (assigned === 0 && !everCommitted) continue;
    readers.push({ groupId, assigned, lag: lagBehind(ends, done) });
  }
  return readers;
}

function lagBehind(
  ends: { partition: number; high: string; low: string }[],
  done: Map<number, bigint>,
): number {
  return ends.reduce((sum, { partition, low, high }) => {
    const offset = done.get(partition) ?? -1n;
    return sum + Number(BigInt(high) - (offset < 0n ? BigInt(low) : offset));
  }, 0);
}

async function raisePartitions(
  admin: Admin,
  { topics, count, timeoutMs }: { topics: string[]; count: number; timeoutMs: number },
): Promise<void> {
  const metadata = await admin.fetchTopicMetadata({ topics });
  const lower = metadata.topics.filter(({ partitions }) => partitions.length < count);
  const higher = metadata.topics.find(({ partitions }) => partitions.length > count);
  if (higher)
    throw new Error(`${higher.name} has ${higher.partitions.length} partitions, more than ${count}`);
  if (lower.length === 0) return;
  await admin.createPartitions({
    timeout: timeoutMs,
    topicPartitions: lower.map(({ name }) => ({ topic: name, count })),
  });
  await untilTheyHaveLeaders(admin, topics, { timeoutMs, count });
}

async function lagOf(admin: Admin, groupId: string, topics: string[]): Promise<Map<string, number>> {
  const committed = await admin.fetchOffsets({ groupId, topics });
  const lag = new Map<string, number>();
  for (const topic of topics) {
    const partitions = committed.find((entry) => entry.topic === topic)?.partitions ?? [];
    const done = new Map(partitions.map(({ partition, offset }) => [partition, BigInt(offset)]));
    lag.set(topic, lagBehind(await admin.fetchTopicOffsets(topic), done));
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
  await untilTheyHaveLeaders(admin, names, { timeoutMs: timeout, count: 1 });
  return names;
}

/** Resolves when each topic is known with at least `count` partitions, each with a leader. */
async function untilTheyHaveLeaders(
  admin: Admin,
  topics: string[],
  { timeoutMs, count }: { timeoutMs: number; count: number },
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const found = await admin.fetchTopicMetadata({ topics }).catch((error: unknown) => {
      if (notKnownYet(error)) return undefined;
      throw error;
    });
    const ready = found?.topics.every(
      ({ partitions }) => partitions.length >= count && partitions.every(({ leader }) => leader >= 0),
    );
    if (ready) return;
    if (Date.now() > deadline)
      throw new Error(`topics have no leaders after ${timeoutMs} ms: ${topics.join()}`);
    await sleep(50);
  }
}

function notKnownYet(error: unknown): boolean {
  const { type, cause } = error as { type?: string; cause?: { type?: string } };
  return ['UNKNOWN_TOPIC_OR_PARTITION', 'LEADER_NOT_AVAILABLE'].includes(type ?? cause?.type ?? '');
}
