import { z } from 'zod';

const flag = z.enum(['true', 'false']).transform((value) => value === 'true');

/** Kafka, local or managed (TLS, SASL). */
export const kafkaVariables = {
  KAFKA_BROKERS: z
    .string()
    .regex(/^[^\s,:]+:\d{1,5}(,[^\s,:]+:\d{1,5})*$/, 'must be host:port, several separated by commas')
    .transform((value) => value.split(','))
    .meta({ section: 'Kafka', description: 'Bootstrap brokers, comma-separated', example: 'kafka:9092' }),
  KAFKA_TOPIC_PREFIX: z
    .string()
    .regex(/^[a-z0-9._-]{0,40}$/, 'may hold a-z, 0-9, dot, dash and underscore')
    .default('')
    .meta({
      section: 'Kafka',
      description:
        'Prefix of topic and group names, so that environments can share a cluster (for example staging.)',
      example: '',
      optional: true,
    }),
  KAFKA_REPLICATION_FACTOR: z.coerce.number().int().min(1).max(5).default(1).meta({
    section: 'Kafka',
    description: 'Replicas of each partition; use 3 in production',
    example: '1',
    optional: true,
  }),
  KAFKA_PARTITIONS: z.coerce.number().int().min(1).max(240).default(24).meta({
    section: 'Kafka',
    description: 'Number of partitions of new topics; npm run events -- partitions raises existing ones',
    example: '24',
    optional: true,
  }),
  KAFKA_SSL: flag
    .default(false)
    .meta({ section: 'Kafka', description: 'true: TLS to the brokers', example: 'false', optional: true }),
  // An env file has one line per variable, so line breaks may be written as \n.
  KAFKA_SSL_CA: z
    .string()
    .transform((value) => value.replaceAll('\\n', '\n'))
    .optional()
    .meta({
      section: 'Kafka',
      description: 'PEM of a private CA, if the brokers use one',
      example: '',
      optional: true,
    }),
  KAFKA_SASL_MECHANISM: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']).optional().meta({
    section: 'Kafka',
    description: 'plain, scram-sha-256 or scram-sha-512; unset: no SASL',
    example: 'plain',
    optional: true,
  }),
  KAFKA_SASL_USERNAME: z.string().optional().meta({
    section: 'Kafka',
    description: 'SASL user (API key)',
    example: '',
    optional: true,
    secret: true,
  }),
  KAFKA_SASL_PASSWORD: z.string().optional().meta({
    section: 'Kafka',
    description: 'SASL password (API secret)',
    example: '',
    optional: true,
    secret: true,
  }),
} as const;

/** Parsed `kafkaVariables`. */
export type KafkaConfig = { [K in keyof typeof kafkaVariables]: z.output<(typeof kafkaVariables)[K]> };
