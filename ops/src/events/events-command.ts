import { parseArgs } from 'node:util';
import {
  type DeadLetter,
  deadLetterTopic,
  findDeadLetter,
  type Kafka,
  listDeadLetters,
  listPartitions,
  PartitionsError,
  raisePartitions,
  replayDeadLetters,
  tailEvents,
  topicName,
  topics,
} from '@lms/events';
import { CommandError } from '../command-error.ts';

const services = Object.keys(topics) as (keyof typeof topics)[];

export const eventsUsage = `usage: npm run events -- <command>
  dlq list [topic…]              list dead letters, oldest first  [--limit 50] [--all: also replayed ones]
  dlq show <topic> <position>    show one event, without a learner's words  [--reveal: with them]
  dlq replay <topic> <position…> publish these to their topic again, for the consumer that gave up on them
  dlq replay <topic> --all       publish all that have not been replayed  [--type T]  [--again: also replayed ones]
  tail [topic…]                  show events as they are published, until Ctrl-C
  partitions                     show the partitions of each topic and who reads them
  partitions --to <number>       raise all topics to this number while events are written; it may be repeated
A topic is ${services.join(', ')}, or its full name. A position is <partition>:<offset>, as dlq list shows it.
--json prints one JSON document per line. Servers: KAFKA_BROKERS and related variables, or the stack of npm run up.`;

export interface EventsCommandContext {
  kafka: Kafka;
  topicPrefix: string;
  write: (line: string) => void;
  /** Ends `tail`, and the wait of `partitions --to`. */
  signal: AbortSignal;
}

const options = {
  json: { type: 'boolean', default: false },
  all: { type: 'boolean', default: false },
  again: { type: 'boolean', default: false },
  reveal: { type: 'boolean', default: false },
  type: { type: 'string' },
  limit: { type: 'string', default: '50' },
  to: { type: 'string' },
} as const;

/**
 * `npm run events -- …`.
 * @throws CommandError for invalid arguments, and for a dead letter that does not exist.
 */
export async function runEventsCommand(args: string[], context: EventsCommandContext): Promise<void> {
  const { values, positionals } = parse(args);
  const [command, ...rest] = positionals;
  if (command === 'tail') return tail(rest, values.json, context);
  if (command === 'partitions' && rest.length === 0) return partitions(values, context);
  const [action, ...names] = rest;
  if (command !== 'dlq') throw new CommandError(eventsUsage);
  if (action === 'list') return list(names, values, context);
  if (action === 'show') return show(names, values, context);
  if (action === 'replay') return replay(names, values, context);
  throw new CommandError(eventsUsage);
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw new CommandError(`${(error as Error).message}\n${eventsUsage}`);
  }
}
type Values = ReturnType<typeof parse>['values'];

async function list(names: string[], values: Values, context: EventsCommandContext): Promise<void> {
  const limit = Number(values.limit);
  if (!Number.isInteger(limit) || limit < 1) throw new CommandError('--limit must be a whole number above 0');
  const wanted = names.length > 0 ? names : services;
  for (const topic of wanted.map((name) => topicOf(name, context.topicPrefix))) {
    const letters = (await listDeadLetters(context.kafka, topic)).filter(
      ({ replayedAt }) => values.all || replayedAt === null,
    );
    const shown = letters.slice(0, limit);
    for (const letter of shown) {
      context.write(values.json ? JSON.stringify(letter) : lineOf(letter));
    }
    if (values.json) continue;
    const more = letters.length > shown.length ? `, ${shown.length} shown` : '';
    context.write(`${deadLetterTopic(topic)}: ${letters.length} dead letters${more}`);
  }
}

function lineOf(letter: DeadLetter): string {
  const { position, deadAt, type, key, consumer, cause, attempts, replayedAt } = letter;
  const replayed = replayedAt ? `  replayed ${replayedAt}` : '';
  return `  ${position}  ${deadAt}  ${type ?? '(poison)'}  key ${key}  by ${consumer} after ${attempts}: ${cause}${replayed}`;
}

async function show(names: string[], values: Values, context: EventsCommandContext): Promise<void> {
  const [name, position, ...more] = names;
  if (!name || !position || more.length > 0) throw new CommandError(eventsUsage);
  const topic = topicOf(name, context.topicPrefix);
  const letter = await findDeadLetter(context.kafka, topic, { position, reveal: values.reveal });
  if (!letter) throw new CommandError(`${deadLetterTopic(topic)} has no dead letter at ${position}`);
  context.write(JSON.stringify(letter, null, values.json ? undefined : 2));
}

async function replay(names: string[], values: Values, context: EventsCommandContext): Promise<void> {
  const [name, ...positions] = names;
  if (!name || positions.length > 0 === values.all) throw new CommandError(eventsUsage);
  const topic = topicOf(name, context.topicPrefix);
  const result = await replayDeadLetters(context.kafka, topic, {
    filter: ({ position, type }) =>
      (values.all || positions.includes(position)) && (!values.type || type === values.type),
    again: values.again,
  });
  if (values.json) return context.write(JSON.stringify({ topic, ...result }));
  const poison =
    result.skipped > 0 ? `; ${result.skipped} skipped: poison, which no consumer can handle` : '';
  context.write(`${topic}: ${result.replayed} replayed${poison}`);
}

async function tail(names: string[], json: boolean, context: EventsCommandContext): Promise<void> {
  const wanted = names.length > 0 ? names : services;
  await tailEvents(context.kafka, {
    topics: wanted.map((name) => topicOf(name, context.topicPrefix)),
    signal: context.signal,
    onEvent: (tailed) => {
      if (json) return context.write(JSON.stringify(tailed));
      const { topic, partition, offset, key, event } = tailed;
      const text = event ? JSON.stringify(event) : '(not an event that this build knows)';
      context.write(`${topic} ${partition}:${offset} key ${key}  ${text}`);
    },
  });
}

async function partitions(values: Values, context: EventsCommandContext): Promise<void> {
  if (values.to !== undefined) await raise(Number(values.to), context);
  for (const found of await listPartitions(context.kafka, context.topicPrefix)) {
    const { topic, partitions, filled, readers } = found;
    const who = readers.map(({ groupId, lag, assigned }) => `${groupId} reads ${assigned}, lag ${lag}`);
    context.write(
      values.json
        ? JSON.stringify(found)
        : `${topic}: ${partitions} partitions, ${filled} with events${who.map((text) => `; ${text}`).join('')}`,
    );
  }
}

async function raise(to: number, { kafka, topicPrefix, write, signal }: EventsCommandContext): Promise<void> {
  if (!Number.isInteger(to) || to < 1) throw new CommandError('--to must be a whole number above 0');
  try {
    await raisePartitions(kafka, {
      ...{ topicPrefix, to, signal },
      onRaised: ({ topic, from }) => write(`${topic}: raised from ${from} to ${to} partitions`),
      onWaiting: ({ topic, readers }) =>
        write(
          `${topic}: waiting for ${readers.map(({ groupId, assigned }) => `${groupId}, which reads ${assigned}`).join('; ')}`,
        ),
    });
  } catch (error) {
    throw error instanceof PartitionsError ? new CommandError(error.message) : error;
  }
  write(
    'Each relay uses the new partitions once every group has read what was published before (events_partitions_in_use).',
  );
}

/** `content` and `lms.content.v1` mean the topic of this environment; its full name means itself. */
function topicOf(name: string, prefix: string): string {
  for (const service of services) {
    const topic = topicName(prefix, topics[service]);
    if ([service, topics[service], topic, deadLetterTopic(topic)].includes(name)) return topic;
  }
  throw new CommandError(`Unknown topic "${name}". Available topics: ${services.join(', ')}.`);
}
