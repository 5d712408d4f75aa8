import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseConfig } from '@lms/config';
import { createKafka, deadLetterTopic, ensureTopics, type Kafka, kafkaVariables, topics } from '@lms/events';
import { fixtureTables } from '@lms/events/testing';
import { createRedis, waitForRedis } from '@lms/redis';
import { createLogger } from '@lms/runtime';
import pg from 'pg';
import { checkEffects, countPublished, countWaiting, type EffectCheck } from './check-effects.ts';
import { faultsOf, type Lane } from './faults.ts';
import { createRandom } from './random.ts';
import { type OwnServers, startOwnServers } from './start-own-servers.ts';
import { createWorker, type Worker } from './workers.ts';

export interface ChaosOptions {
  repo: string;
  /** Folder of data and logs; data is deleted afterwards, logs stay. */
  home: string;
  /** The same seed chooses the same faults, in the same order within a lane. */
  seed: number;
  /** Number of faults to inject. */
  faults: number;
  /** Writes per second of all processes together. */
  writesPerSecond: number;
  /** Processes of each of the two services. */
  processes: number;
  /** True to include faults that take longer than ten seconds. */
  longFaults: boolean;
  /** Maximum pause between two faults of a lane. */
  maxPauseMs: number;
  /** Maximum wait for everything to be handled after the last fault. */
  drainMs: number;
  note: (line: string) => void;
  signal?: AbortSignal;
}

export interface ChaosResult {
  seed: number;
  /** Number of committed writes. */
  writes: number;
  faults: number;
  kills: number;
  /** Number of faults by name. */
  faultNames: Map<string, number>;
  /** Events that are in Kafka more than once. */
  publishedAgain: number;
  /** Deliveries of events that had been handled; a lower bound, because those just before a kill are not counted. */
  duplicatesSeen: number;
  deadLetters: number;
  checks: EffectCheck[];
  /** Keys whose number in Redis is not the last one written. */
  wrongInRedis: number;
  /** Sum over all checks; the backbone guarantees 0. */
  lost: number;
  twice: number;
  outOfOrder: number;
  drainSeconds: number;
}

/**
 * Runs two services under a steady load of writes, injects faults of all kinds into them and their servers, lets them
 * settle, and compares the committed writes with their effects.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  const { home, note } = options;
  const servers = await startOwnServers(options);
  const workers: Worker[] = [];
  const pool = new pg.Pool({ connectionString: servers.directDatabaseUrl, max: 2 });
  pool.on('error', () => undefined);
  try {
    const kafka = await prepare(servers, pool);
    let writing = true;
    const keys = Array.from({ length: 24 }, () => randomUUID());
    const optionsOf = (service: 'content' | 'ai') => () => ({
      ...{ service, keys, topicPrefix: '', ...servers.addresses },
      writesPerSecond: writing && service === 'content' ? options.writesPerSecond / options.processes : 0,
    });
    for (const service of ['content', 'ai'] as const) {
      for (let number = 1; number <= options.processes; number += 1)
        workers.push(createWorker({ name: `${service}-${number}`, home, options: optionsOf(service) }));
    }
    for (const worker of workers) worker.start();
    const run = async () => {
      await untilEffects(pool);
      note(`seed ${options.seed}: ${workers.length} processes at work; faults begin`);
      const harm = await doHarm(options, { servers, workers });
      writing = false;
      await Promise.all(workers.map((worker) => worker.stopWriting()));
      note(`${harm.count} faults done; waiting for everything to be handled`);
      const drainSeconds = await drain(pool, options);
      await Promise.all(workers.map((worker) => worker.stop()));
      return await judge({ options, servers, pool, kafka, workers, harm, drainSeconds });
    };
    return await Promise.race([run(), ...workers.map(({ died }) => died)]);
  } finally {
    await Promise.allSettled(workers.map((worker) => worker.kill()));
    await pool.end();
    await servers.stop();
  }
}

async function prepare(servers: OwnServers, pool: pg.Pool): Promise<Kafka> {
  for (const schema of ['content', 'ai'])
    await pool.query(
      `CREATE SCHEMA ${schema}; SET search_path = ${schema}; ${fixtureTables()}; RESET search_path`,
    );
  const config = parseConfig(kafkaVariables, { KAFKA_BROKERS: servers.addresses.brokers });
  const log = createLogger({ service: 'chaos', level: 'silent' });
  const kafka = createKafka({ config, clientId: 'chaos', log });
  await ensureTopics({ kafka, config, log });
  return kafka;
}

/** Waits until all processes are working. */
async function untilEffects(pool: pg.Pool): Promise<void> {
  const deadline = Date.now() + 120_000;
  for (;;) {
    const checks = await checkEffects(pool);
    if (checks.every(({ effects }) => effects > 0)) return;
    if (Date.now() > deadline)
      throw new Error(`after two minutes not every consumer has an effect: ${JSON.stringify(checks)}`);
    await sleep(200);
  }
}

interface Harm {
  count: number;
  kills: number;
  names: Map<string, number>;
}

async function doHarm(
  options: ChaosOptions,
  targets: { servers: OwnServers; workers: Worker[] },
): Promise<Harm> {
  const harm: Harm = { count: 0, kills: 0, names: new Map() };
  const lanes = Object.entries(faultsOf(targets)) as [Lane, ReturnType<typeof faultsOf>[Lane]][];
  let begun = 0;
  const workOff = async ([lane, faults]: (typeof lanes)[number], index: number) => {
    const random = createRandom(options.seed + index);
    while (begun < options.faults && !options.signal?.aborted) {
      begun += 1;
      const fault = random.pick(faults.filter(({ long }) => options.longFaults || !long));
      await fault.run(random);
      harm.count += 1;
      if (fault.kills) harm.kills += 1;
      harm.names.set(fault.name, (harm.names.get(fault.name) ?? 0) + 1);
      options.note(`${String(harm.count).padStart(4)} ${lane.padEnd(9)} ${fault.name}`);
      await sleep(random.between(0.2, 1) * options.maxPauseMs);
    }
  };
  await Promise.all(lanes.map(workOff));
  options.signal?.throwIfAborted();
  return harm;
}

/** Seconds until nothing waits any more; ends at `drainMs` even if something does, which is then counted as lost. */
async function drain(pool: pg.Pool, options: ChaosOptions): Promise<number> {
  const started = performance.now();
  const seconds = () => (performance.now() - started) / 1000;
  while (seconds() * 1000 < options.drainMs) {
    options.signal?.throwIfAborted();
    const { outbox, parked, lost } = await countWaiting(pool);
    if (outbox + parked + lost === 0) {
      const took = seconds();
      // Leaves time for effects that would happen a second time.
      await sleep(1_500);
      return took;
    }
    await sleep(500);
  }
  const waiting = await countWaiting(pool);
  options.note(`still waiting after ${options.drainMs / 1000} s: ${JSON.stringify(waiting)}`);
  return seconds();
}

async function judge(run: {
  options: ChaosOptions;
  servers: OwnServers;
  pool: pg.Pool;
  kafka: Kafka;
  workers: Worker[];
  harm: Harm;
  drainSeconds: number;
}): Promise<ChaosResult> {
  const { pool, kafka, harm } = run;
  const checks = await checkEffects(pool);
  const { rows } = await pool.query<{ key: string; number: number }>(
    'SELECT key::text, max(number) AS number FROM content.writes GROUP BY key',
  );
  const sum = (of: (check: EffectCheck) => number) => checks.reduce((total, check) => total + of(check), 0);
  const [writes] = (await pool.query<{ count: number }>('SELECT count(*)::int AS count FROM content.writes'))
    .rows;
  const wrongInRedis = await countWrongInRedis(run.servers.directRedisUrl, rows);
  let deadLetters = 0;
  for (const topic of [topics.content, topics.ai]) {
    await kafka.readAll(deadLetterTopic(topic), () => {
      deadLetters += 1;
    });
  }
  return {
    seed: run.options.seed,
    writes: writes?.count ?? 0,
    faults: harm.count,
    kills: harm.kills,
    faultNames: harm.names,
    publishedAgain: (await countPublished(kafka, '')).again,
    duplicatesSeen: run.workers
      .flatMap((worker) => worker.reports())
      .reduce((total, { duplicates }) => total + duplicates, 0),
    deadLetters,
    checks,
    wrongInRedis,
    lost: sum(({ lost }) => lost) + wrongInRedis,
    twice: sum(({ twice, unfounded }) => twice + unfounded),
    outOfOrder: sum(({ outOfOrder }) => outOfOrder),
    drainSeconds: run.drainSeconds,
  };
}

async function countWrongInRedis(url: string, last: { key: string; number: number }[]): Promise<number> {
  const log = createLogger({ service: 'chaos', level: 'silent' });
  const redis = createRedis({ url, name: 'chaos', log });
  try {
    await waitForRedis(redis);
    const scores = await Promise.all(last.map(({ key }) => redis.zscore('fixture:last', key)));
    return last.filter(({ number }, index) => Number(scores[index]) !== number).length;
  } finally {
    redis.disconnect();
  }
}
