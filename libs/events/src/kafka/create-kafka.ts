import type { Logger } from '@lms/runtime';
import { Kafka as KafkaJs, type KafkaConfig as KafkaJsConfig, logLevel, type SASLOptions } from 'kafkajs';
import { createAdmin } from './kafkajs/admin.ts';
import { startConsumer } from './kafkajs/consumer.ts';
import { createProducer } from './kafkajs/producer.ts';
import { follow, readAll } from './kafkajs/readers.ts';
import { restRequestQueues } from './kafkajs/rest-request-queues.ts';
import type { Kafka, KafkaProducer } from './port.ts';
import type { KafkaConfig } from './variables.ts';

const connectionTimeoutMs = 3_000;
/** Longest wait for a response. The broker may hold a fetch for a shorter time (see `startConsumer`). */
const requestTimeoutMs = 10_000;

/** The port on kafkajs 2 (docs/adr/0003-kafka-client.md). `clientId` shows in the brokers' logs and quotas. */
export function createKafka(options: { config: KafkaConfig; clientId: string; log: Logger }): Kafka {
  const { config, clientId, log } = options;
  restRequestQueues();
  const client = (overrides: Partial<KafkaJsConfig> = {}) =>
    new KafkaJs({
      clientId,
      brokers: config.KAFKA_BROKERS,
      connectionTimeout: connectionTimeoutMs,
      authenticationTimeout: connectionTimeoutMs,
      requestTimeout: requestTimeoutMs,
      enforceRequestTimeout: true,
      retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 5 },
      ...securityOf(config),
      logLevel: logLevel.WARN,
      logCreator: () => logTo(log),
      ...overrides,
    });

  /** Producers that are not closed. */
  const producers = new Set<KafkaProducer>();

  return {
    createProducer() {
      const producer = createProducer(client(), requestTimeoutMs);
      producers.add(producer);
      return {
        ...producer,
        close() {
          producers.delete(producer);
          return producer.close();
        },
      };
    },
    consume: (consume) => startConsumer(client(), consume, log),
    readAll: (topic, onMessage) => readAll(client(), topic, onMessage),
    follow: (topics, onMessage, signal) => follow(client(), topics, onMessage, signal),
    createAdmin: () =>
      createAdmin({
        probe: client({ retry: { retries: 0 }, connectionTimeout: 1_000, requestTimeout: 1_000 }),
        patient: client(),
        requestTimeoutMs,
        findProducer: () => producers.values().next().value,
        createProducer: () => createProducer(client(), requestTimeoutMs),
      }),
  };
}

function securityOf(config: KafkaConfig): Pick<KafkaJsConfig, 'ssl' | 'sasl'> {
  const { KAFKA_SSL_CA: ca, KAFKA_SASL_MECHANISM: mechanism } = config;
  const ssl = config.KAFKA_SSL ? { ssl: ca ? { ca: [ca], rejectUnauthorized: true } : true } : {};
  if (!mechanism) return ssl;
  const { KAFKA_SASL_USERNAME: username, KAFKA_SASL_PASSWORD: password } = config;
  if (!username || !password)
    throw new Error('KAFKA_SASL_MECHANISM requires KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD');
  return { ...ssl, sasl: { mechanism, username, password } as SASLOptions };
}

/** kafkajs reports every hiccup as an error; relevant failures appear in our own logs and metrics. */
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
