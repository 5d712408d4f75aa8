import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseConfig } from '@lms/config';
import { createKafka, ensureTopics, kafkaVariables } from '@lms/events';
import { fixtureTables } from '@lms/events/testing';
import { createLogger } from '@lms/runtime';
import pg from 'pg';
import { type OwnServers, startOwnServers } from '../chaos/start-own-servers.ts';
import { cpuTimeOf } from './cpu-time.ts';
import type { WorkerCommand, WorkerOptions, WorkerReport } from './event-worker.ts';
import { type MachineLoad, startMachineLoad } from './machine-load.ts';
import { percentile } from './percentile.ts';

export type Client = WorkerOptions['client'];

export interface CatchUp {
  events: number;
  /** Events per second appended by four concurrent transactions of 100 events each. */
  appendedPerSecond: number;
  /** Events per second from the outbox to Kafka. */
  relayedPerSecond: number;
  /** Events per second from the first commit of the consumer to its last. */
  handledPerSecond: number;
  /** The same from the start of the process, including connecting and joining the group. */
  withStartPerSecond: number;
  /** CPU time of the consumer's process per event, in µs; other work on the machine hardly affects it. */
  handleCpuMicroseconds: number;
  /** CPU time of the relay's process per event, in µs. */
  relayCpuMicroseconds: number;
  load: MachineLoad;
}

export interface Parked {
  events: number;
  /** Parked events per second from the first commit of the consumer to its last. */
  handledPerSecond: number;
  /** CPU time of the consumer's process per event, in µs. */
  cpuMicroseconds: number;
  load: MachineLoad;
}

export interface Steady {
  events: number;
  /** Events per second from the first to the last that was handled. */
  rate: number;
  /** CPU time per event in µs: of the relaying process, the consuming one, and PostgreSQL for both. */
  cpu: { relay: number; consume: number; postgres: number };
  load: MachineLoad;
}

export interface Latency {
  events: number;
  /** Events per second that were achieved. */
  rate: number;
  /** Time from the writer's commit to the consumer's commit, in ms. */
  p50: number;
  p95: number;
  p99: number;
  max: number;
  /** CPU time per event in µs: of the writing process, the relaying one, the consuming one, and PostgreSQL. */
  cpu: { write: number; relay: number; consume: number; postgres: number };
  load: MachineLoad;
}

export interface EventBench {
  catchUp(options: { client: Client; handler: WorkerOptions['handler']; events: number }): Promise<CatchUp>;
  /** Drains events that were parked behind failures that are over. */
  parked(options: { client: Client; handler: WorkerOptions['handler']; events: number }): Promise<Parked>;
  /** Events that others write at a steady rate: what they cost the workers, without the writing. */
  steady(options: { client: Client; perSecond: number; seconds: number }): Promise<Steady>;
  latency(options: { client: Client; perSecond: number; seconds: number }): Promise<Latency>;
  close(): Promise<void>;
}

/** Dedicated servers for measuring; every measurement begins with empty tables and topics. */
export async function createEventBench(options: { repo: string; home: string }): Promise<EventBench> {
  const servers = await startOwnServers({ ...options, proxied: false });
  const workers = new Set<Worker>();
  const start = async (worker: Omit<WorkerOptions, 'brokers' | 'keys'>) => {
    const started = await startWorker({ ...worker, brokers: servers.addresses.brokers, keys });
    workers.add(started);
    return started;
  };
  return {
    async catchUp({ client, handler, events }) {
      const { pool, drop, ...world } = await emptyWorld(servers);
      const loadSoFar = startMachineLoad();
      const writer = await start({ ...world, schema: 'content', client, handler });
      const appendedPerSecond = events / (await writer.run({ do: 'fill', count: events }));
      const relayStarted = performance.now();
      const relayCpu = await writer.cpu();
      await writer.run({ do: 'relay' });
      await untilZero(pool, 'SELECT count(*)::int AS count FROM content.outbox');
      const relayCpuMicroseconds = ((await writer.cpu()) - relayCpu) / events;
      const relayedPerSecond = (events * 1000) / (performance.now() - relayStarted);
      const launched = now();
      const consumer = await start({ ...world, schema: 'ai', client, handler });
      const handleCpu = await consumer.cpu();
      await consumer.run({ do: 'consume' });
      await consumer.until(events);
      const handleCpuMicroseconds = ((await consumer.cpu()) - handleCpu) / events;
      const load = loadSoFar();
      const times = [...consumer.times.values()];
      const [first, last] = [Math.min(...times), Math.max(...times)];
      const inFirst = times.filter((at) => at === first).length;
      await drop([writer, consumer]);
      return {
        ...{ events, appendedPerSecond, relayedPerSecond },
        // The duration of the first transaction is unknown, so its events are not counted.
        handledPerSecond: ((events - inFirst) * 1000) / (last - first),
        withStartPerSecond: (events * 1000) / (last - launched),
        ...{ handleCpuMicroseconds, relayCpuMicroseconds, load },
      };
    },
    async parked({ client, handler, events }) {
      const { pool, drop, ...world } = await emptyWorld(servers);
      const writer = await start({ ...world, schema: 'content', client, handler });
      await writer.run({ do: 'fill', count: events });
      await pool.query(
        `INSERT INTO ai.parked_events (consumer, event_id, topic, partition, "offset", key, payload)
         SELECT $1, event_id, topic, 0, '0', key, payload FROM content.outbox ORDER BY seq`,
        [`${world.topicPrefix}lms.ai`],
      );
      const loadSoFar = startMachineLoad();
      const consumer = await start({ ...world, schema: 'ai', client, handler });
      const cpu = await consumer.cpu();
      await consumer.run({ do: 'consume' });
      await consumer.until(events);
      const cpuMicroseconds = ((await consumer.cpu()) - cpu) / events;
      const load = loadSoFar();
      const times = [...consumer.times.values()];
      const [first, last] = [Math.min(...times), Math.max(...times)];
      const inFirst = times.filter((at) => at === first).length;
      await drop([writer, consumer]);
      const handledPerSecond = ((events - inFirst) * 1000) / (last - first);
      return { events, handledPerSecond, cpuMicroseconds, load };
    },
    async steady({ client, perSecond, seconds }) {
      const { pool, drop, ...world } = await emptyWorld(servers);
      const events = perSecond * seconds;
      const relay = await start({ ...world, schema: 'content', client, handler: 'batch' });
      await relay.run({ do: 'fill', count: events });
      await pool.query(`CREATE TABLE content.held AS SELECT row_number() OVER (ORDER BY seq) AS number, * FROM content.outbox;
        ALTER TABLE content.held ADD PRIMARY KEY (number); TRUNCATE content.outbox; ANALYZE content.held`);
      const consumer = await start({ ...world, schema: 'ai', client, handler: 'batch' });
      await consumer.run({ do: 'consume' });
      await relay.run({ do: 'relay' });
      const release = (upTo: number) =>
        pool.query(
          `WITH freed AS (DELETE FROM content.held WHERE number <= $1 RETURNING *)
           INSERT INTO content.outbox (event_id, topic, key, payload)
           SELECT event_id, topic, key, payload FROM freed ORDER BY number`,
          [upTo],
        );
      // Waits until the group exists.
      let released = Math.min(20, events);
      await release(released);
      await consumer.until(released);
      consumer.times.clear();
      const first = released;
      const database = servers.parts.postgres.process?.pid ?? 0;
      const cpu = async () => ({
        relay: await relay.cpu(),
        consume: await consumer.cpu(),
        postgres: cpuTimeOf(database),
      });
      const before = await cpu();
      const loadSoFar = startMachineLoad();
      const startedAt = performance.now();
      while (released < events) {
        await sleep(4);
        released = Math.min(events, Math.floor(((performance.now() - startedAt) / 1000) * perSecond) + first);
        await release(released);
        await pool.query("SELECT pg_notify('outbox_content', '')");
      }
      await consumer.until(events - first);
      const load = loadSoFar();
      const after = await cpu();
      const perEvent = (part: keyof typeof after) => (after[part] - before[part]) / (events - first);
      const times = [...consumer.times.values()];
      const rate = ((events - first) * 1000) / (Math.max(...times) - Math.min(...times));
      await drop([relay, consumer]);
      return {
        ...{ events: events - first, rate, load },
        cpu: { relay: perEvent('relay'), consume: perEvent('consume'), postgres: perEvent('postgres') },
      };
    },
    async latency({ client, perSecond, seconds }) {
      const { drop, pool: _pool, ...world } = await emptyWorld(servers);
      const consumer = await start({ ...world, schema: 'ai', client, handler: 'batch' });
      await consumer.run({ do: 'consume' });
      const relay = await start({ ...world, schema: 'content', client, handler: 'batch' });
      await relay.run({ do: 'relay' });
      const writer = await start({ ...world, schema: 'content', client, handler: 'batch' });
      // Waits until the group exists and everything is compiled.
      await writer.run({ do: 'write', perSecond, seconds: 5 });
      await consumer.until(writer.times.size);
      writer.times.clear();
      const database = servers.parts.postgres.process?.pid ?? 0;
      const cpu = async () => ({
        write: await writer.cpu(),
        relay: await relay.cpu(),
        consume: await consumer.cpu(),
        postgres: cpuTimeOf(database),
      });
      const before = await cpu();
      const loadSoFar = startMachineLoad();
      await writer.run({ do: 'write', perSecond, seconds });
      await consumer.untilAll(writer.times);
      const load = loadSoFar();
      const after = await cpu();
      const perEvent = (part: keyof typeof after) => (after[part] - before[part]) / writer.times.size;
      const values = [...writer.times].map(([id, at]) => (consumer.times.get(id) ?? Number.NaN) - at);
      await drop([writer, relay, consumer]);
      return {
        ...{ events: values.length, rate: values.length / seconds, load },
        cpu: {
          write: perEvent('write'),
          relay: perEvent('relay'),
          consume: perEvent('consume'),
          postgres: perEvent('postgres'),
        },
        ...{ p50: percentile(values, 0.5), p95: percentile(values, 0.95), p99: percentile(values, 0.99) },
        max: Math.max(...values),
      };
    },
    async close() {
      for (const worker of workers) worker.process.kill('SIGKILL');
      await servers.stop();
    },
  };
}

const now = () => performance.timeOrigin + performance.now();
const keys = Array.from({ length: 200 }, () => randomUUID());

/** An empty database, empty topics, and a function that deletes them. */
async function emptyWorld(servers: OwnServers) {
  const name = `bench_${randomUUID().slice(0, 8)}`;
  const admin = new pg.Client({ connectionString: servers.directDatabaseUrl });
  // If the servers are stopped in the middle of a run, the error of the run is reported.
  admin.on('error', () => undefined);
  await admin.connect();
  await admin.query(`CREATE DATABASE ${name}`);
  const url = new URL(servers.directDatabaseUrl);
  url.pathname = `/${name}`;
  const pool = new pg.Pool({ connectionString: url.href, max: 1 });
  for (const schema of ['content', 'ai'])
    await pool.query(
      `CREATE SCHEMA ${schema}; SET search_path = ${schema}; ${fixtureTables()}; RESET search_path`,
    );
  pool.on('error', () => undefined);
  const topicPrefix = `${name}.`;
  const config = parseConfig(kafkaVariables, {
    KAFKA_BROKERS: servers.addresses.brokers,
    KAFKA_TOPIC_PREFIX: topicPrefix,
  });
  const log = createLogger({ service: 'bench', level: 'silent' });
  await ensureTopics({ kafka: createKafka({ config, clientId: 'bench', log }), config, log });
  return {
    pool,
    databaseUrl: url.href,
    topicPrefix,
    async drop(workers: Worker[]) {
      await Promise.all(workers.map(endWorker));
      await pool.end();
      await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
      await admin.end();
    },
  };
}

interface Worker {
  process: ChildProcess;
  /** Commit time of each event. */
  times: Map<string, number>;
  /** Resolves with the duration in seconds. */
  run(command: WorkerCommand): Promise<number>;
  /** CPU time it has used so far, µs. */
  cpu(): Promise<number>;
  until(count: number): Promise<void>;
  untilAll(of: Map<string, number>): Promise<void>;
}

async function startWorker(options: WorkerOptions): Promise<Worker> {
  const child = fork(join(import.meta.dirname, 'event-worker.ts'), [JSON.stringify(options)], {
    execArgv: process.env.LMS_BENCH_PROFILE
      ? ['--cpu-prof', `--cpu-prof-dir=${process.env.LMS_BENCH_PROFILE}`]
      : [],
  });
  const times = new Map<string, number>();
  let cpuMicroseconds = 0;
  let onDone: (() => void) | undefined;
  child.on('message', (report: WorkerReport) => {
    if ('times' in report) for (const [id, at] of report.times) times.set(id, at);
    else {
      cpuMicroseconds = report.cpuMicroseconds;
      onDone?.();
    }
  });
  let ended: string | undefined;
  child.once('error', (error) => {
    ended = error.message;
  });
  child.once('exit', (code, signal) => {
    ended = signal ? `signal ${signal}` : `exit code ${code}`;
  });
  const waitFor = async (what: string, reached: () => boolean) => {
    const deadline = Date.now() + 120_000;
    while (!reached()) {
      if (ended) throw new Error(`${options.schema}: the process of the benchmark ended (${ended})`);
      if (Date.now() > deadline) throw new Error(`${what} did not happen within two minutes`);
      await sleep(20);
    }
  };
  const worker: Worker = {
    process: child,
    times,
    async cpu() {
      await worker.run({ do: 'cpu' });
      return cpuMicroseconds;
    },
    async run(command) {
      const started = performance.now();
      let done = false;
      onDone = () => {
        done = true;
      };
      child.send(command);
      await waitFor(command.do, () => done);
      return (performance.now() - started) / 1000;
    },
    until: (count) => waitFor(`${count} events`, () => times.size >= count),
    untilAll: (of) => waitFor('handling of all', () => [...of.keys()].every((id) => times.has(id))),
  };
  return worker;
}

/** Resolves when the process has ended and its profile, if any, is written. */
async function endWorker({ process: child }: Worker): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
}

async function untilZero(pool: pg.Pool, sql: string): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (((await pool.query<{ count: number }>(sql)).rows[0]?.count ?? 0) > 0) {
    if (Date.now() > deadline) throw new Error('the outbox did not empty within two minutes');
    await sleep(20);
  }
}
