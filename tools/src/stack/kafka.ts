import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findJava, jarsOf } from './downloads.ts';
import type { PartContext, StackPart } from './part.ts';
import { startProcess, stopProcess, tailOf } from './processes.ts';

const jvmOptions = ['-Xms128m', '-Xmx512m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-Xshare:auto'];

export interface BrokerOptions {
  port: number;
  controllerPort: number;
  advertisedPort?: number;
  /** Broker properties that override ours, for tests of other listeners. */
  properties?: Record<string, string>;
  /** Additional arguments of the command that formats the storage, for example users. */
  formatArgs?: string[];
}

/**
 * Apache Kafka, one broker in KRaft mode, its log in `<home>/data/kafka`.
 * `advertisedPort` is the port that clients are told to use: a proxy's in tests that disturb connections.
 */
export async function createKafkaBroker(context: PartContext, options: BrokerOptions): Promise<StackPart> {
  const java = findJava('Kafka', 'KAFKA_BROKERS');
  const pom = join(context.repo, 'tools/kafka/pom.xml');
  const jars = await jarsOf({ pom, name: 'kafka', instead: 'KAFKA_BROKERS', signal: context.signal });
  const data = join(context.dataDir, 'kafka');
  mkdirSync(data, { recursive: true });
  const properties = join(data, 'server.properties');
  const logFile = join(context.logDir, 'kafka.log');
  writeFileSync(properties, propertiesOf({ ...options, data }));
  const runJava = (name: string, args: string[]) =>
    startProcess({
      name,
      command: java,
      args: [
        ...jvmOptions,
        `-Dlog4j2.configurationFile=${join(context.repo, 'tools/kafka/log4j2.xml')}`,
        '-cp',
        join(jars, '*'),
        ...args,
      ],
      cwd: data,
      logFile,
    });

  if (!existsSync(join(data, 'log/meta.properties'))) {
    const clusterId = 'bG1zLWxvY2FsLWthZmthLQ';
    const format = runJava('kafka-format', [
      ...['kafka.tools.StorageTool', 'format', '--cluster-id', clusterId, '--standalone'],
      ...['--config', properties, '--ignore-formatted', ...(options.formatArgs ?? [])],
    ]);
    const ended = await format.exited;
    if (ended !== 'exit code 0')
      throw new Error(`Kafka's storage could not be formatted (${ended}):\n${tailOf(logFile)}`);
  }

  const part: StackPart = {
    name: 'kafka',
    async start() {
      const logFrom = existsSync(logFile) ? statSync(logFile).size : 0;
      const child = runJava('kafka', ['kafka.Kafka', properties]);
      context.started(child);
      part.process = child;
      const deadline = Date.now() + 90_000;
      while (!readFileSync(logFile).subarray(logFrom).includes('Kafka Server started')) {
        if (child.hasExited() || Date.now() > deadline)
          throw new Error(`Kafka did not start:\n${tailOf(logFile)}`);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    async stop() {
      if (part.process) await stopProcess(part.process, 20_000);
    },
  };
  return part;
}

function propertiesOf(options: BrokerOptions & { data: string }): string {
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.bootstrap.servers': `127.0.0.1:${options.controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${options.port},CONTROLLER://127.0.0.1:${options.controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${options.advertisedPort ?? options.port}`,
    'controller.listener.names': 'CONTROLLER',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT',
    'log.dirs': join(options.data, 'log'),
    'auto.create.topics.enable': false,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 8,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1000,
    'num.network.threads': 2,
    'num.io.threads': 4,
    'log.cleaner.dedupe.buffer.size': 8_388_608,
    ...options.properties,
  };
  return `${Object.entries(settings)
    .map(([name, value]) => `${name}=${value}`)
    .join('\n')}\n`;
}
