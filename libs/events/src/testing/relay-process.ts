// A process that runs one relay until it is killed; started by outbox/relay-takeover.test.ts with the
// relay's options as JSON in the first argument.
import { parseConfig } from '@lms/config';
import { createLogger, createMetrics } from '@lms/runtime';
import { createKafka } from '../kafka/create-kafka.ts';
import { kafkaVariables } from '../kafka/variables.ts';
import { createOutboxRelay } from '../outbox/create-outbox-relay.ts';

const { databaseUrl, schema, brokers, topicPrefix } = JSON.parse(process.argv[2] ?? '{}');
const log = createLogger({ service: 'relay-process', level: 'info' });
const relay = createOutboxRelay({
  databaseUrl,
  schema,
  topicPrefix,
  kafka: createKafka({
    config: parseConfig(kafkaVariables, { KAFKA_BROKERS: brokers }),
    clientId: 'test',
    log,
  }),
  log,
  metrics: createMetrics({ service: 'relay-process', nodeMetrics: false }),
});
await relay.start();
