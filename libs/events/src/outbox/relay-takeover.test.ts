import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { createEventWorld, type EventWorld, eventually } from '../testing/event-world.ts';
import { answered } from '../testing/sample-events.ts';
import { appendEvent } from './append-event.ts';

let world: EventWorld;
const children: ChildProcess[] = [];
/** Unexpected ends of processes. */
const deaths: string[] = [];
beforeAll(async () => {
  world = await createEventWorld({ schemas: ['content'] });
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(() => world.close());

/** Starts a relay in a process of its own and waits until it publishes. */
async function startActiveRelay(): Promise<ChildProcess> {
  const options = {
    databaseUrl: world.databaseUrl,
    schema: 'content',
    brokers: world.config.KAFKA_BROKERS.join(),
    topicPrefix: world.prefix,
  };
  const script = join(import.meta.dirname, '../testing/relay-process.ts');
  const child = spawn(process.execPath, [script, JSON.stringify(options)], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  child.once('error', (error) => deaths.push(`the relay could not be started: ${error.message}`));
  child.once('exit', (code, signal) => {
    if (signal !== 'SIGKILL') deaths.push(`the relay ended by itself: ${signal ?? `exit code ${code}`}`);
  });
  children.push(child);
  await append();
  await outboxIsEmpty();
  return child;
}

const append = () => world.transactionsOf('content')((tx) => appendEvent(tx, answered(uuidv7(), 1)));

const outboxIsEmpty = () =>
  eventually(
    'an empty outbox',
    async () => {
      if (deaths[0]) throw new Error(deaths[0]);
      const rows = await world.query('content', 'SELECT 1 FROM outbox LIMIT 1');
      return rows.length === 0 ? true : undefined;
    },
    25_000,
  );

async function secondsUntilPublished(): Promise<number> {
  const started = performance.now();
  await append();
  await outboxIsEmpty();
  return (performance.now() - started) / 1000;
}

describe('a standby relay takes over', () => {
  it('within three seconds from a process that was killed', async () => {
    const active = await startActiveRelay();
    const { relay } = await world.startRelay('content');
    active.kill('SIGKILL');
    expect(await secondsUntilPublished()).toBeLessThan(3);
    await relay.stop();
  });

  it('within fifteen seconds from a process that is frozen', async () => {
    const active = await startActiveRelay();
    const { relay } = await world.startRelay('content');
    active.kill('SIGSTOP');
    expect(await secondsUntilPublished()).toBeLessThan(15);
    await relay.stop();
  });
});
