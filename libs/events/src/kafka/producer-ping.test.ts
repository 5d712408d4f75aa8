import net from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { createHealthReporter } from '@lms/runtime';
import { eventuallyPasses, startTcpProxy, type TcpProxy } from '@lms/testing';
import { topics } from '../contracts/define-event.ts';
import { createEventWorld, type EventWorld } from '../testing/event-world.ts';
import { topicName } from '../topics.ts';
import { createKafka } from './create-kafka.ts';

const { connect } = net;
/** Connections of Kafka clients to the broker. */
const open = new Set<net.Socket>();
let world: EventWorld;
let proxy: TcpProxy;
let topic: string;

beforeAll(async () => {
  world = await createEventWorld({ schemas: [], partitions: 1 });
  topic = topicName(world.config.KAFKA_TOPIC_PREFIX, topics.content);
  const [host = '', port] = world.config.KAFKA_BROKERS[0]?.split(':') ?? [];
  const broker = { host, port: Number(port) };
  proxy = await startTcpProxy(broker);
  // The broker tells clients its own address; kafkajs, which asks this module, gets the proxy instead.
  net.connect = ((options: net.TcpNetConnectOpts, onConnect: () => void) => {
    if (options.port !== broker.port) return connect(options, onConnect);
    const socket = connect({ ...options, port: proxy.port }, onConnect);
    open.add(socket);
    return socket.once('close', () => open.delete(socket));
  }) as typeof connect;
});
afterEach(() => {
  proxy.mend();
  proxy.resume();
});
afterAll(async () => {
  net.connect = connect;
  await proxy.close();
  await world.close();
});

const newKafka = () => createKafka({ config: world.config, clientId: 'test', log: world.log });

/** `GET /health` as a service answers it: cut off after half a second. */
function healthOf(kafka: ReturnType<typeof newKafka>) {
  const admin = kafka.createAdmin();
  const report = createHealthReporter({ kafka: () => admin.pingProducer() }, { cacheMs: 0 });
  return {
    close: () => admin.close(),
    status: async () => {
      const startedAt = performance.now();
      const { dependencies } = await report();
      return { status: dependencies.kafka?.status, inTime: performance.now() - startedAt < 1_500 };
    },
  };
}
const up = { status: 'up', inTime: true };
const down = { status: 'down', inTime: true };

describe('health asks the Kafka producer', () => {
  it.each(['cut', 'hang'] as const)(
    'is down while its broker is %s, and up again afterwards',
    async (fault) => {
      const kafka = newKafka();
      const producer = kafka.createProducer();
      const health = healthOf(kafka);
      await eventuallyPasses('Kafka is reported up', async () => expect(await health.status()).toEqual(up), {
        timeoutMs: 20_000,
      });
      proxy[fault]();
      expect(await health.status()).toEqual(down);
      expect(await health.status()).toEqual(down);
      proxy.mend();
      proxy.resume();
      await eventuallyPasses('Kafka is reported up', async () => expect(await health.status()).toEqual(up), {
        timeoutMs: 30_000,
      });
      await producer.send([{ topic, key: 'k', value: '{}' }]);
      await health.close();
      await producer.close();
    },
  );

  it('uses the connection of a publishing producer, otherwise creates one producer', async () => {
    const kafka = newKafka();
    const producer = kafka.createProducer();
    await producer.send([{ topic, key: 'k', value: '{}' }]);
    const publishing = new Set(open);
    const admin = kafka.createAdmin();
    for (let round = 0; round < 3; round += 1) await admin.pingProducer();
    expect(open).toEqual(publishing);

    await producer.close();
    await eventuallyPasses('every connection of the producer is closed', () => expect(open.size).toBe(0));
    await admin.pingProducer();
    const own = new Set(open);
    expect(own.size).toBeGreaterThan(0);
    await admin.pingProducer();
    expect(open).toEqual(own);
    await admin.close();
    await eventuallyPasses('every connection of the producer is closed', () => expect(open.size).toBe(0));
  });
});
