import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deadLetterTopic, ensureTopics, type Kafka, topics } from '@lms/events';
import { runEventsCommand } from '@lms/ops/events/events-command';
import { createLogger } from '@lms/runtime';
import { stackEnv } from '@lms/testing';
import { openState } from '../stack/state.ts';
import { kafkaOfEnvironment } from './kafka-of-environment.ts';

const prefix = `t${randomBytes(5).toString('hex')}.`;
const content = prefix + topics.content;
const repo = mkdtempSync(join(tmpdir(), 'lms-events-'));
const home = join(repo, '.lms');
let kafka: Kafka;

const event = {
  ...{ specversion: '1.0', id: randomUUID(), source: '/services/content', type: 'lesson.started' },
  ...{ subject: randomUUID(), time: new Date().toISOString(), datacontenttype: 'application/json' },
  dataschema: 'urn:lms:event:lesson.started:1',
};
const message = JSON.stringify({
  ...event,
  data: {
    attemptId: randomUUID(),
    userId: event.subject,
    courseId: randomUUID(),
    lessonId: randomUUID(),
    startedAt: new Date().toISOString(),
  },
});

async function run(...args: string[]): Promise<string[]> {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  await runEventsCommand(args, { kafka, topicPrefix: prefix, write, signal: AbortSignal.timeout(10_000) });
  return lines;
}

const countOf = async (topic: string) => {
  let count = 0;
  await kafka.readAll(topic, () => {
    count += 1;
  });
  return count;
};

beforeAll(async () => {
  const brokers = stackEnv().kafkaBrokers;
  openState(home).update({
    status: 'ready',
    env: { KAFKA_BROKERS: brokers, KAFKA_TOPIC_PREFIX: prefix, KAFKA_PARTITIONS: '1' },
  });
  const found = kafkaOfEnvironment({ repo, home, env: {} });
  kafka = found.kafka;
  const log = createLogger({ service: 'test', level: 'silent' });
  await ensureTopics({ kafka, config: found.config, log });
  const producer = kafka.createProducer();
  const headers = {
    ...{ 'lms-consumer': `${prefix}lms.ai`, 'lms-attempts': '12', 'lms-topic': content },
    ...{ 'lms-partition': '0', 'lms-offset': '7', 'lms-dead-at': new Date().toISOString() },
  };
  const topic = deadLetterTopic(content);
  await producer.send([
    { topic, key: event.subject, value: message, headers: { ...headers, 'lms-cause': 'TypeError' } },
    { topic, key: 'x', value: '{"secret words', headers: { ...headers, 'lms-cause': 'poison: not JSON' } },
  ]);
  await producer.close();
});
afterAll(() => rmSync(repo, { recursive: true }));

describe('npm run events', () => {
  it('uses the brokers of the environment, otherwise those of the running stack', () => {
    const env = { KAFKA_BROKERS: 'kafka.example:9092', KAFKA_TOPIC_PREFIX: 'staging.' };
    expect(kafkaOfEnvironment({ repo, home, env }).config).toMatchObject({
      KAFKA_BROKERS: ['kafka.example:9092'],
      KAFKA_TOPIC_PREFIX: 'staging.',
    });
    expect(kafkaOfEnvironment({ repo, home, env: {} }).config.KAFKA_TOPIC_PREFIX).toBe(prefix);
    const nowhere = join(repo, 'nowhere');
    expect(() => kafkaOfEnvironment({ repo, home: nowhere, env: {} })).toThrow(/npm run up.*KAFKA_BROKERS/);
  });

  it('dlq list shows the position and the cause of every dead letter', async () => {
    const lines = await run('dlq', 'list', 'content');
    expect(lines[0]).toMatch(/^ {2}0:0 .* lesson\.started {2}key .* by .*lms\.ai after 12: TypeError$/);
    expect(lines[1]).toMatch(/0:1 .*\(poison\).*poison: not JSON/);
    expect(lines[2]).toBe(`${content}.dlq: 2 dead letters`);
    expect((await run('dlq', 'list', 'content', '--limit', '1')).at(-1)).toContain('2 dead letters, 1 shown');
    expect((await run('dlq', 'list')).at(-1)).toBe(`${prefix}lms.ai.v1.dlq: 0 dead letters`);
  });

  it('dlq show prints one dead letter, and the content of poison only on request', async () => {
    expect(JSON.parse((await run('dlq', 'show', 'content', '0:0')).join('\n'))).toMatchObject({
      cause: 'TypeError',
      event: { id: event.id },
    });
    expect((await run('dlq', 'show', 'content', '0:1')).join()).not.toContain('secret');
    expect((await run('dlq', 'show', 'content', '0:1', '--reveal')).join()).toContain('secret');
    await expect(run('dlq', 'show', 'content', '0:99')).rejects.toThrow('no dead letter at 0:99');
  });

  it('dlq replay publishes each dead letter only once, even when it is repeated', async () => {
    expect(await run('dlq', 'replay', 'content', '0:0')).toEqual([`${content}: 1 replayed`]);
    expect(await countOf(content)).toBe(1);
    expect(await run('dlq', 'replay', 'content', '--all')).toEqual([
      `${content}: 0 replayed; 1 skipped: poison, which no consumer can handle`,
    ]);
    expect(await countOf(content)).toBe(1);
    expect((await run('dlq', 'list', 'content')).at(-1)).toContain(': 1 dead letters');
    expect((await run('dlq', 'list', 'content', '--all'))[0]).toMatch(/ {2}replayed \d{4}-/);
    expect(await run('dlq', 'replay', 'content', '--all', '--type', 'lesson.started', '--again')).toEqual([
      `${content}: 1 replayed`,
    ]);
    expect(await countOf(content)).toBe(2);
  });

  it('tail shows what is published, until it is stopped', async () => {
    const lines: string[] = [];
    const stopping = new AbortController();
    const write = (line: string) => void lines.push(line);
    const context = { kafka, topicPrefix: prefix, write, signal: stopping.signal };
    const tail = runEventsCommand(['tail', 'content', '--json'], context);
    const producer = kafka.createProducer();
    while (lines.length === 0) {
      await producer.send([{ topic: content, key: event.subject, value: message }]);
      await sleep(50);
    }
    stopping.abort();
    await tail;
    await producer.close();
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ topic: content, event: { id: event.id } });
  });

  it('partitions shows and raises the partitions of every topic, and never lowers them', async () => {
    expect(await run('partitions')).toContain(`${prefix}lms.auth.v1: 1 partitions, 0 with events`);
    expect(await run('partitions', '--to', '3')).toContain(
      `${prefix}lms.auth.v1: raised from 1 to 3 partitions`,
    );
    const again = await run('partitions', '--to', '3');
    expect(again.join()).not.toContain('raised from');
    expect(again).toContain(`${prefix}lms.auth.v1: 3 partitions, 0 with events`);
    await expect(run('partitions', '--to', '2')).rejects.toThrow(/has 3 partitions.*--to must be at least/);
    expect(JSON.parse((await run('partitions', '--json'))[0] ?? '')).toMatchObject({ partitions: 3 });
  });

  it.each([
    [['partitions', '--to', 'x'], /--to must be a whole number/],
    [['partitions', 'content'], /^usage/],
    [[], /^usage: npm run events/],
    [['dlq'], /^usage/],
    [['dlq', 'list', 'nothing'], /Unknown topic "nothing". Available topics: auth, content, media, ai/],
    [['dlq', 'list', '--limit', 'x'], /--limit must be a whole number/],
    [['dlq', 'replay', 'content'], /^usage/],
    [['dlq', 'replay', 'content', '0:0', '--all'], /^usage/],
    [['dlq', 'list', '--fast'], /Unknown option '--fast'/],
  ])('refuses %j', async (args, message) => {
    await expect(run(...args)).rejects.toThrow(message);
  });
});
