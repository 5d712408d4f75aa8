import { ConfigError, parseConfig } from '@lms/config';
import { createKafka, deadLetterTopic, kafkaVariables, topicName, topics } from '@lms/events';
import { createLogger } from '@lms/runtime';
import { type Check, failed, messageOf, ok } from '../check.ts';

/** A broker answers, and every topic and dead-letter topic exists with a leader for its partitions. */
export const kafkaCheck: Check = {
  name: 'kafka',
  async run({ env }) {
    const config = configOf(env);
    if (config instanceof ConfigError)
      return failed(
        config.problems.map(({ name, message }) => `${name} ${message}`).join('; '),
        'set these variables; see .env.example',
      );
    const log = createLogger({ service: 'preflight', level: 'silent' });
    const admin = createKafka({ config, clientId: 'lms-preflight', log }).createAdmin();
    try {
      await admin.ping();
      const names = Object.values(topics).map((topic) => topicName(config.KAFKA_TOPIC_PREFIX, topic));
      const missing: string[] = [];
      await Promise.all(
        names
          .flatMap((topic) => [topic, deadLetterTopic(topic)])
          .map((name) =>
            admin.offsets(name).catch((error: unknown) => missing.push(`${name} (${messageOf(error)})`)),
          ),
      );
      if (missing.length > 0)
        return failed(
          `topics that cannot be read: ${missing.sort().join(', ')}`,
          "run `main.js migrate` of any service: it creates the topics; and check the user's rights",
        );
      return ok(`${names.length} topics and their dead-letter topics exist`);
    } catch (error) {
      return failed(
        messageOf(error),
        'check KAFKA_BROKERS, KAFKA_SSL and KAFKA_SASL_*, and that the brokers advertise addresses this machine reaches',
      );
    } finally {
      await admin.close();
    }
  },
};

function configOf(env: NodeJS.ProcessEnv) {
  try {
    return parseConfig(kafkaVariables, env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}
