import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { eventuallyPasses, loopTimeOf } from '@lms/testing';
import { v7 as uuidv7 } from 'uuid';
import { createEventWorld, type EventWorld } from '../testing/event-world.ts';
import { answered } from '../testing/sample-events.ts';
import { appendEvent } from './append-event.ts';
import { standbyMs } from './create-outbox-relay.ts';
import { idleSessionMs } from './relay-connection.ts';

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
  eventuallyPasses(
    'the outbox is empty',
    async () => {
      expect(deaths).toEqual([]);
      expect(await world.query('content', 'SELECT 1 FROM outbox LIMIT 1')).toEqual([]);
    },
    { timeoutMs: 40_000 },
  );

/** Time until the standby, which runs in this process, has published a new event; see `loopTimeOf`. */
async function msUntilPublished(): Promise<number> {
  const { ms } = await loopTimeOf(async () => {
    await append();
    await outboxIsEmpty();
  });
  return ms;
}

/** Sessions of relays on the test's database. */
async function sessions(): Promise<number> {
  const rows = await world.query(
    'content',
    `SELECT 1 FROM pg_stat_activity
     WHERE datname = current_database() AND application_name = 'lms-relay-content'`,
  );
  return rows.length;
}

describe('a standby relay takes over', () => {
  it('within three seconds from a process that was killed', async () => {
    const active = await startActiveRelay();
    const { relay } = await world.startRelay('content');
    active.kill('SIGKILL');
    expect(await msUntilPublished()).toBeLessThan(3_000);
    // PostgreSQL frees the lock at once; the standby tries to take it this often.
    expect(standbyMs).toBeLessThan(3_000);
    await relay.stop();
  });

  it('within fifteen seconds from a process that is frozen', async () => {
    const active = await startActiveRelay();
    const { relay } = await world.startRelay('content');
    await eventuallyPasses('the standby is connected', async () => expect(await sessions()).toBe(2));
    active.kill('SIGSTOP');
    expect(await msUntilPublished()).toBeLessThan(15_000);
    // PostgreSQL has ended the session of the process, which is still there.
    expect(await sessions()).toBe(1);
    expect([active.exitCode, active.signalCode]).toEqual([null, null]);
    expect(idleSessionMs + standbyMs).toBeLessThan(15_000);
    await relay.stop();
  });
});
