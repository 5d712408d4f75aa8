import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseConfig } from '@lms/config';
import { createKafka, ensureTopics, kafkaVariables, topicName, topics } from '@lms/events';
import { createLogger } from '@lms/runtime';
import type { StackPart } from '../stack/part.ts';
import { startSecuredBroker } from './start-secured-broker.ts';

const home = mkdtempSync(join(tmpdir(), 'lms-secured-'));
const log = createLogger({ service: 'test', level: 'silent' });
const password = 'a-password-of-the-test';
let broker: { part: StackPart; brokers: string; ca: string };

beforeAll(async () => {
  const repo = join(import.meta.dirname, '../../..');
  broker = await startSecuredBroker({ repo, home, username: 'lms', password });
}, 180_000);
afterAll(async () => {
  await broker?.part.stop();
  rmSync(home, { recursive: true, force: true });
});

/** Creates the client from the environment, like a service. */
function connect(env: Record<string, string>) {
  const config = parseConfig(kafkaVariables, {
    KAFKA_BROKERS: broker.brokers,
    KAFKA_SSL: 'true',
    KAFKA_SSL_CA: broker.ca,
    KAFKA_SASL_MECHANISM: 'scram-sha-512',
    KAFKA_SASL_USERNAME: 'lms',
    KAFKA_SASL_PASSWORD: password,
    KAFKA_PARTITIONS: '1',
    ...env,
  });
  return { config, kafka: createKafka({ config, clientId: 'test', log }) };
}

async function refusal(env: Record<string, string>): Promise<string> {
  const admin = connect(env).kafka.createAdmin();
  try {
    await admin.ping();
    return 'connected';
  } catch (error) {
    return JSON.stringify(error, Object.getOwnPropertyNames(error));
  } finally {
    await admin.close();
  }
}

describe('a broker with TLS and SASL', () => {
  it.each(['plain', 'scram-sha-256', 'scram-sha-512'])(
    'creates topics, publishes and consumes events with %s',
    async (mechanism) => {
      const { config, kafka } = connect({
        KAFKA_SASL_MECHANISM: mechanism,
        KAFKA_TOPIC_PREFIX: `${mechanism}.`,
      });
      expect(await ensureTopics({ kafka, config, log })).toHaveLength(8);
      const topic = topicName(config.KAFKA_TOPIC_PREFIX, topics.content);
      const producer = kafka.createProducer();
      await producer.send([{ topic, key: 'k', value: 'hello' }]);
      await producer.close();
      const read: (string | null)[] = [];
      await kafka.readAll(topic, ({ value }) => read.push(value));
      expect(read).toEqual(['hello']);
    },
  );

  it('refuses a wrong password, and does not repeat it in any error', async () => {
    for (const mechanism of ['plain', 'scram-sha-256']) {
      const text = await refusal({ KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_PASSWORD: 'wrong-password' });
      expect(text).toMatch(/authentication/i);
      expect(text).not.toContain('wrong-password');
    }
  });

  it('works with its CA on one line, as env files need it', async () => {
    expect(await refusal({ KAFKA_SSL_CA: broker.ca.replaceAll('\n', '\\n') })).toBe('connected');
  });

  it('is not trusted without its CA, and refuses plaintext connections', async () => {
    expect(await refusal({ KAFKA_SSL_CA: '' })).toMatch(/self-signed certificate/);
    expect(await refusal({ KAFKA_SSL: 'false' })).not.toBe('connected');
  });
});
