import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createLogger } from '@lms/runtime';
import { ConfigResourceTypes, Kafka as KafkaJs, logLevel } from 'kafkajs';
import { createKafka } from './kafka/create-kafka.ts';
import { createEventWorld, type EventWorld } from './testing/event-world.ts';
import { deadLetterTopic, ensureTopics, topicName } from './topics.ts';

let world: EventWorld;
beforeAll(async () => {
  world = await createEventWorld({ schemas: [], partitions: 3 });
});
afterAll(() => world.close());

describe('ensureTopics', () => {
  it('creates every topic with the stated partitions, and a dead-letter topic for each', async () => {
    const admin = world.kafka.createAdmin();
    const names = (['lms.auth.v1', 'lms.content.v1', 'lms.media.v1', 'lms.ai.v1'] as const).map((topic) =>
      topicName(world.prefix, topic),
    );
    const found = await admin.partitions([...names, ...names.map(deadLetterTopic)]);
    for (const name of names) {
      expect(found.get(name)).toBe(3);
      expect(found.get(deadLetterTopic(name))).toBe(1);
    }
    await admin.close();
  });

  it('keeps events a week and dead letters a month, and deletes nothing by compaction', async () => {
    const admin = new KafkaJs({ brokers: world.config.KAFKA_BROKERS, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    const name = topicName(world.prefix, 'lms.content.v1');
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [name, deadLetterTopic(name)].map((topic) => ({
        type: ConfigResourceTypes.TOPIC,
        name: topic,
      })),
    });
    await admin.disconnect();
    const settings = resources.map(({ configEntries }) =>
      Object.fromEntries(configEntries.map(({ configName, configValue }) => [configName, configValue])),
    );
    const dayMs = 86_400_000;
    expect(settings).toMatchObject([
      { 'retention.ms': String(7 * dayMs), 'cleanup.policy': 'delete', 'min.insync.replicas': '1' },
      { 'retention.ms': String(30 * dayMs), 'cleanup.policy': 'delete' },
    ]);
  });

  it('changes nothing when it is repeated, and can run concurrently', async () => {
    const { kafka, config, log } = world;
    const again = await Promise.all([1, 2, 3].map(() => ensureTopics({ kafka, config, log })));
    expect(again).toEqual([[], [], []]);
  });

  it('leaves topics with other partitions as they are, and says so', async () => {
    const lines: string[] = [];
    const destination = { write: (line: string) => void lines.push(line) };
    const log = createLogger({ service: 'test', level: 'warn', destination });
    const config = { ...world.config, KAFKA_PARTITIONS: 5 };
    expect(await ensureTopics({ kafka: world.kafka, config, log })).toEqual([]);
    const warned = lines.map((line) => JSON.parse(line)).filter(({ stated }) => stated === 5);
    expect(warned.map(({ partitions }) => partitions)).toEqual([3, 3, 3, 3]);
  });
});

describe('the Kafka admin', () => {
  it('answers a ping while a broker responds, and fails fast when none does', async () => {
    const admin = world.kafka.createAdmin();
    await admin.ping();
    await admin.ping();
    await admin.close();
    let asked = 0;
    const broken = createServer((socket) => {
      asked += 1;
      socket.destroy();
    }).listen(0, '127.0.0.1');
    await once(broken, 'listening');
    const nobody = createKafka({
      config: {
        ...world.config,
        KAFKA_BROKERS: [`127.0.0.1:${(broken.address() as AddressInfo).port}`],
      },
      clientId: 'test',
      log: world.log,
    }).createAdmin();
    await expect(nobody.ping()).rejects.toThrow();
    // Other clients try again for half a minute.
    expect(asked).toBe(1);
    await nobody.close();
    broken.close();
  });
});
