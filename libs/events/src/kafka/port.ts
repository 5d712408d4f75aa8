/** A record to publish. */
export interface OutgoingMessage {
  topic: string;
  key: string;
  value: string;
  headers?: Record<string, string>;
}

/** A record as it was read. */
export interface IncomingMessage {
  topic: string;
  partition: number;
  offset: string;
  key: string | null;
  value: string | null;
  headers: Record<string, string>;
  /** When the broker or producer stamped it, ms since 1970. */
  timestampMs: number;
}

/** Neighbouring records of one partition. */
export interface MessageBatch {
  topic: string;
  partition: number;
  messages: IncomingMessage[];
  /**
   * Throws when the partition was taken away. Membership of the group is kept up by a timer while a batch
   * is worked on; this is how the work learns of its end.
   */
  heartbeat(): Promise<void>;
  /** Everything up to this message is done; its offset is committed within a second, or with the batch. */
  done(message: IncomingMessage): Promise<void>;
  /** False once the partition is lost or the consumer stops: leave the rest. */
  isActive(): boolean;
}

export interface KafkaProducer {
  /**
   * Publishes with acks=all; resolves when the brokers have all of it. Order per key is kept. After a
   * rejection some messages may have been published, and may still be: sending them again duplicates.
   */
  send(messages: OutgoingMessage[]): Promise<void>;
  /**
   * Throws unless it is connected and a broker answers it; connects first when it is not. For health checks:
   * at most about a second.
   */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface ConsumeOptions {
  groupId: string;
  topics: string[];
  /** Partitions handled side by side in this process. */
  concurrency: number;
  /** Messages not marked `done` when it throws or returns are delivered again. */
  onBatch(batch: MessageBatch): Promise<void>;
}

export interface KafkaConsumer {
  /** Finishes the batch in hand, commits, and leaves the group. */
  stop(): Promise<void>;
}

export interface TopicSpec {
  name: string;
  partitions: number;
  replicationFactor: number;
  config: Record<string, string>;
}

/** Each call but those that ping opens a connection of its own. */
export interface KafkaAdmin {
  /** Throws unless a broker answers; for health checks: no retries, at most about a second. */
  ping(): Promise<void>;
  /**
   * `KafkaProducer.ping` of the producer that this process publishes with. A process without one asks with a
   * producer of its own, which connects with the first call and is closed with the admin.
   */
  pingProducer(): Promise<void>;
  /** Creates the topics that do not exist; gives their names. Existing ones are left as they are. */
  ensureTopics(specs: TopicSpec[]): Promise<string[]>;
  /** Number of partitions of each topic. Throws when one does not exist. */
  partitions(topics: string[]): Promise<Map<string, number>>;
  /** First and next offset of each partition. */
  offsets(topic: string): Promise<{ partition: number; low: bigint; high: bigint }[]>;
  /** Messages of each topic that a group has not committed, over all partitions. */
  lag(groupId: string, topics: string[]): Promise<Map<string, number>>;
  close(): Promise<void>;
}

/** What the platform needs of a Kafka client; everything behind it can be replaced. */
export interface Kafka {
  /** Connects with the first send or ping, again and again if need be. */
  createProducer(): KafkaProducer;
  /** Consumes until `stop`. Connecting, and connecting again after a loss, happens in the background. */
  consume(options: ConsumeOptions): KafkaConsumer;
  /** Reads a topic from its start to its present end, leaving no trace in the cluster. */
  readAll(topic: string, onMessage: (message: IncomingMessage) => void): Promise<void>;
  /** Shows what arrives from now on until `signal` aborts, leaving no trace in the cluster. */
  follow(topics: string[], onMessage: (message: IncomingMessage) => void, signal: AbortSignal): Promise<void>;
  createAdmin(): KafkaAdmin;
}
