/** A record to publish. */
export interface OutgoingMessage {
  topic: string;
  key: string;
  value: string;
  headers?: Record<string, string>;
  /**
   * Chooses the partition by the key among the first so many, whatever number the topic has. Sending fails while the
   * client knows fewer. By default, among all that the client knows.
   */
  partitions?: number;
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
   * Throws if the partition was revoked. A timer keeps up the group membership while a batch is processed; this call
   * tells the handler when membership has ended.
   */
  heartbeat(): Promise<void>;
  /** Marks everything up to this message as done; its offset is committed within a second, or when the consumer stops. */
  done(message: IncomingMessage): void;
  /** False once the partition is lost or the consumer stops: skip the rest. */
  isActive(): boolean;
}

export interface KafkaProducer {
  /**
   * Publishes with acks=all; resolves when the brokers have acknowledged everything. Order per key is kept. After a
   * rejection some messages may have been or may still be published, so sending them again can duplicate them.
   */
  send(messages: OutgoingMessage[]): Promise<void>;
  /**
   * Throws unless it is connected and a broker responds; connects first if it is not. For health checks: takes at
   * most about a second.
   */
  ping(): Promise<void>;
  close(): Promise<void>;
}

export interface ConsumeOptions {
  groupId: string;
  topics: string[];
  /** Partitions whose batches may be in `onBatch` at once. */
  concurrency: number;
  /** Messages not marked `done` when it throws or returns are delivered again. */
  onBatch(batch: MessageBatch): Promise<void>;
}

export interface KafkaConsumer {
  /** Finishes the current batch, commits, and leaves the group. */
  stop(): Promise<void>;
}

export interface TopicSpec {
  name: string;
  partitions: number;
  replicationFactor: number;
  config: Record<string, string>;
}

/** A consumer group as one of its topics sees it. */
export interface TopicReader {
  groupId: string;
  /** Messages of the topic that the group has not committed. */
  lag: number;
  /** Partitions of the topic that members of the group read now. */
  assigned: number;
}

/** Each call except the pings opens its own connection. */
export interface KafkaAdmin {
  /** Throws unless a broker responds. For health checks: no retries, at most about a second. */
  ping(): Promise<void>;
  /**
   * `KafkaProducer.ping` of the producer that this process publishes with. A process without one asks with a
   * producer of its own, which connects on the first call and is closed with the admin.
   */
  pingProducer(): Promise<void>;
  /** Creates the topics that do not exist and returns their names. Existing ones are not changed. */
  ensureTopics(specs: TopicSpec[]): Promise<string[]>;
  /** Number of partitions of each topic. Throws if one does not exist. */
  partitions(topics: string[]): Promise<Map<string, number>>;
  /** First and next offset of each partition. */
  offsets(topic: string): Promise<{ partition: number; low: bigint; high: bigint }[]>;
  /** Messages of each topic that a group has not committed, over all partitions. */
  lag(groupId: string, topics: string[]): Promise<Map<string, number>>;
  /**
   * The groups that read a topic, because members have its partitions or offsets are committed: those in `names`, and
   * all others whose name begins with `prefix` and that the user may see.
   * @throws if the user may not see one of `names`.
   */
  readers(topic: string, groups: { names: string[]; prefix: string }): Promise<TopicReader[]>;
  /**
   * Gives topics this many partitions. This alone keeps the order per key only for messages sent with `partitions`.
   * @throws if one has more.
   */
  raisePartitions(topics: string[], partitions: number): Promise<void>;
  close(): Promise<void>;
}

/** What the platform needs from a Kafka client; any client can implement it. */
export interface Kafka {
  /** Connects on the first send or ping, and reconnects as needed. */
  createProducer(): KafkaProducer;
  /** Consumes until `stop`. It connects and reconnects in the background. */
  consume(options: ConsumeOptions): KafkaConsumer;
  /** Reads a topic from its start to its current end, and leaves no consumer group behind. */
  readAll(topic: string, onMessage: (message: IncomingMessage) => void): Promise<void>;
  /** Passes on messages that arrive from now on until `signal` aborts, and leaves no consumer group behind. */
  follow(topics: string[], onMessage: (message: IncomingMessage) => void, signal: AbortSignal): Promise<void>;
  createAdmin(): KafkaAdmin;
}
