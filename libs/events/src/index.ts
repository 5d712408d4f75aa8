export { asyncApiDocument } from './async-api-document.ts';
export { type ConsumerOptions, createConsumerTask } from './consume/create-consumer-task.ts';
export {
  type BatchHandler,
  type Consumers,
  defineConsumers,
  type EventHandler,
  type HandlerContext,
  joinConsumers,
} from './consume/define-consumers.ts';
export { causeOf, defaultRetryPolicy, type RetryPolicy } from './consume/failures.ts';
export { inboxPartitions } from './consume/inbox.ts';
export type { CloudEvent } from './contracts/cloud-event.ts';
export { topics } from './contracts/define-event.ts';
export { type EventData, type EventType, eventContracts } from './contracts/event-contracts.ts';
export {
  type DeadLetter,
  findDeadLetter,
  listDeadLetters,
  replayDeadLetters,
  type TailedEvent,
  tailEvents,
  withoutSensitive,
} from './dead-letter-tools.ts';
export { createKafka } from './kafka/create-kafka.ts';
export type { IncomingMessage, Kafka, KafkaAdmin, KafkaProducer, OutgoingMessage } from './kafka/port.ts';
export { type KafkaConfig, kafkaVariables } from './kafka/variables.ts';
export {
  appendEvent,
  appendEventWith,
  appendingFrom,
  type NewEvent,
  type OutboxEvent,
  type SqlTransaction,
} from './outbox/append-event.ts';
export { createOutboxRelay } from './outbox/create-outbox-relay.ts';
export {
  listPartitions,
  PartitionsError,
  raisePartitions,
  type TopicPartitions,
} from './partition-tools.ts';
export { deadLetterTopic, ensureTopics, groupName, topicName } from './topics.ts';
