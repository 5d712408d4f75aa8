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

export interface MessageBatch {
  topic: string;
  partition: number;
  messages: IncomingMessage[];
  /** Tells the group that this member lives; throws when the partition was taken away. */
  heartbeat(): Promise<void>;
  /** Everything up to this message is done; its offset is committed soon. */
  done(message: IncomingMessage): void;
  /** Commits what is done. */
  commit(): Promise<void>;
  /** False once the partition is lost or the consumer stops: leave the rest. */
  isActive(): boolean;
}

export interface KafkaProducer {
  /** Publishes with acks=all; resolves when the brokers have all of it. Order per key is kept. */
  send(messages: OutgoingMessage[]): Promise<void>;
  close(): Promise<void>;
}

export interface ConsumeOptions {
  groupId: string;
  topics: string[];
  /** Partitions handled side by side in this process. */
  concurrency: number;
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

export interface KafkaAdmin {
  /** Throws unless a broker answers. */
  ping(): Promise<void>;
  /** Creates the topics that do not exist; gives their names. Existing ones are left as they are. */
  ensureTopics(specs: TopicSpec[]): Promise<string[]>;
  /** First and next offset of each partition. */
  offsets(topic: string): Promise<{ partition: number; low: bigint; high: bigint }[]>;
  /** Messages of a group not yet committed, by partition. */
  lag(groupId: string, topic: string): Promise<{ partition: number; lag: number }[]>;
  close(): Promise<void>;
}

/** What the platform needs of a Kafka client; everything behind it can be replaced. */
export interface Kafka {
  createProducer(): Promise<KafkaProducer>;
  consume(options: ConsumeOptions): Promise<KafkaConsumer>;
  /** Reads a topic from its start to its present end, without a group. */
  readAll(topic: string, onMessage: (message: IncomingMessage) => void, signal?: AbortSignal): Promise<void>;
  createAdmin(): KafkaAdmin;
}
