// A process of `npm run bench -- events`, which writes and relays, or consumes. Its parent sends it messages
// (`WorkerCommand`), and it replies with `WorkerReport`s.
import { parseConfig } from '@lms/config';
import {
  appendEvent,
  type CloudEvent,
  createConsumerTask,
  createKafka,
  createOutboxRelay,
  defineConsumers,
  type EventData,
  kafkaVariables,
  type SqlTransaction,
} from '@lms/events';
import { createFixturePrisma, origins, recordEffects, writeSteadily } from '@lms/events/testing';
import { createLogger, createMetrics } from '@lms/runtime';
import { createPlatformaticKafka } from './create-platformatic-kafka.ts';

export interface WorkerOptions {
  schema: 'content' | 'ai';
  client: 'kafkajs' | 'platformatic';
  databaseUrl: string;
  brokers: string;
  topicPrefix: string;
  keys: string[];
  /** How events are handled: one statement per batch, or one per event. */
  handler: 'batch' | 'single';
}

export type WorkerCommand =
  | { do: 'fill'; count: number }
  | { do: 'relay' }
  | { do: 'write'; perSecond: number; seconds: number }
  | { do: 'consume' }
  /** The reply contains `cpuMicroseconds`. */
  | { do: 'cpu' };

export type WorkerReport =
  | { did: WorkerCommand['do']; cpuMicroseconds: number }
  /** Commit time of each event, in ms since 1970. */
  | { times: [eventId: string, at: number][] };

type Tx = SqlTransaction;
const options = JSON.parse(process.argv[2] ?? '{}') as WorkerOptions;
const { schema, databaseUrl, topicPrefix, keys } = options;
const log = createLogger({ service: schema, level: 'error' });
const metrics = createMetrics({ service: schema, nodeMetrics: false });
const config = parseConfig(kafkaVariables, { KAFKA_BROKERS: options.brokers });
const kafkajs = createKafka({ config, clientId: `bench-${schema}`, log });
const kafka =
  options.client === 'kafkajs'
    ? kafkajs
    : createPlatformaticKafka({ brokers: config.KAFKA_BROKERS, clientId: `bench-${schema}`, rest: kafkajs });
const prisma = createFixturePrisma({ databaseUrl, schema, log });
const now = () => performance.timeOrigin + performance.now();

let times: [string, number][] = [];
setInterval(tellTimes, 100);

const commands: {
  [K in WorkerCommand['do']]: (command: Extract<WorkerCommand, { do: K }>) => Promise<void>;
} = {
  fill: ({ count }) => fill(count),
  relay: () => createOutboxRelay({ kafka, databaseUrl, schema, topicPrefix, log, metrics }).start(),
  write: ({ perSecond, seconds }) =>
    writeSteadily({
      runTransaction: (work) => prisma.$transaction(work),
      ...{ keys, perSecond, maxInFlight: 50, stopping: AbortSignal.timeout(seconds * 1000) },
      onWritten: (id) => times.push([id, now()]),
      onFailed: (err) => log.warn({ err }, 'a write failed'),
    }),
  consume: () => consume(),
  cpu: async () => undefined,
};
process.on('message', async (command: WorkerCommand) => {
  await (commands[command.do] as (command: WorkerCommand) => Promise<void>)(command);
  tellTimes();
  const { user, system } = process.cpuUsage();
  tell({ did: command.do, cpuMicroseconds: user + system });
});
for (const end of ['disconnect', 'SIGTERM'] as const) process.on(end, () => process.exit(0));

function tellTimes(): void {
  if (times.length > 0) tell({ times });
  times = [];
}

function tell(report: WorkerReport): void {
  process.send?.(report);
}

/** Appends `count` events, 100 in each transaction. */
async function fill(count: number): Promise<void> {
  let left = count;
  const work = async () => {
    while (left > 0) {
      const some = Math.min(left, 100);
      left -= some;
      // Each transaction uses another key, so that none waits for another.
      const key = keys[Math.floor(left / 100) % keys.length] as string;
      await prisma.$transaction(async (tx) => {
        for (let i = 0; i < some; i += 1)
          await appendEvent(tx, { type: 'exercise.answered', data: answer(key) });
      });
    }
  };
  await Promise.all([work(), work(), work(), work()]);
}

function answer(userId: string): EventData<'exercise.answered'> {
  const id = crypto.randomUUID();
  return {
    ...{ answerId: id, userId, courseId: id, lessonId: id, exerciseId: id, kind: 'mcq' },
    ...{ correct: true, score: 1, xp: 10, answeredAt: new Date().toISOString() },
  };
}

/** Consumes like a service; the times are those after the commit. */
async function consume(): Promise<void> {
  const handledIn = new WeakMap<object, string[]>();
  const handle = async (events: CloudEvent<'exercise.answered'>[], tx: Tx) => {
    await recordEffects(
      tx,
      origins.write,
      events.map((event) => ({ event, number: event.data.xp })),
    );
    handledIn.get(tx)?.push(...events.map(({ id }) => id));
  };
  await createConsumerTask<Tx, undefined>({
    ...{ service: schema, topicPrefix, deps: undefined, kafka, log, metrics },
    consumers:
      options.handler === 'single'
        ? defineConsumers<Tx, undefined>({ 'exercise.answered': (event, { tx }) => handle([event], tx) })
        : defineConsumers<Tx, undefined>({}, [
            {
              types: ['exercise.answered'],
              handleBatch: (events, { tx }) => handle(events as CloudEvent<'exercise.answered'>[], tx),
            },
          ]),
    runTransaction: async (work) => {
      const ids: string[] = [];
      const result = await prisma.$transaction((tx) => {
        handledIn.set(tx, ids);
        return work(tx);
      });
      const at = now();
      for (const id of ids) times.push([id, at]);
      return result;
    },
  }).start();
}
