import { join } from 'node:path';
import { ConfigError } from '@lms/config';
import { CommandError } from '@lms/ops/command-error';
import { runEventsCommand } from '@lms/ops/events/events-command';
import { kafkaOfEnvironment } from '../events/kafka-of-environment.ts';
import { SetupError } from '../stack/progress.ts';

// Shows events and dead letters, replays dead letters, raises partitions: npm run events -- dlq list|show|replay,
// -- tail, -- partitions.
const repo = join(import.meta.dirname, '../../..');
const stopping = new AbortController();
process.once('SIGINT', () => stopping.abort());
process.once('SIGTERM', () => stopping.abort());

try {
  const { kafka, config } = kafkaOfEnvironment({ repo, home: process.env.LMS_HOME || join(repo, '.lms') });
  await runEventsCommand(process.argv.slice(2), {
    kafka,
    topicPrefix: config.KAFKA_TOPIC_PREFIX,
    write: (line) => console.log(line),
    signal: stopping.signal,
  });
} catch (error) {
  console.error(explain(error));
  process.exitCode = 1;
}

/** Reports an unreachable Kafka, or a missing topic, in one line, because it is not a bug. */
function explain(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (error instanceof SetupError || error instanceof CommandError || error instanceof ConfigError)
    return error.message;
  if (!error.name.startsWith('KafkaJS')) return error;
  if (/does not host this topic/.test(error.message))
    return 'Kafka: a topic is missing. Is KAFKA_TOPIC_PREFIX right, and have the services migrated?';
  return `Kafka: ${error.message}`;
}
