import { parseConfig } from '@lms/config';
import { createKafka, type Kafka, type KafkaConfig, kafkaVariables } from '@lms/events';
import { createLogger } from '@lms/runtime';
import { readUserEnv } from '../stack/environment.ts';
import { SetupError } from '../stack/progress.ts';
import { openState } from '../stack/state.ts';

/**
 * The Kafka cluster of KAFKA_BROKERS (environment or `.env`) with its TLS and SASL variables, otherwise that of the
 * stack whose state is in `home`.
 * @throws SetupError if there is neither; ConfigError naming every invalid variable.
 */
export function kafkaOfEnvironment(options: { repo: string; home: string; env?: NodeJS.ProcessEnv }): {
  kafka: Kafka;
  config: KafkaConfig;
} {
  const given = readUserEnv(options.repo, options.env);
  const config = parseConfig(kafkaVariables, given.KAFKA_BROKERS ? given : stackEnv(options.home));
  const log = createLogger({ service: 'events', level: 'fatal' });
  return { kafka: createKafka({ config, clientId: 'lms-events-cli', log }), config };
}

function stackEnv(home: string): NodeJS.ProcessEnv {
  const { status, env } = openState(home).read();
  if (env?.KAFKA_BROKERS && (status === 'ready' || status === 'starting')) return env;
  throw new SetupError('There is no Kafka: start the stack with npm run up, or set KAFKA_BROKERS.');
}
