import { parseConfig } from '@lms/config';
import { createKafka, kafkaVariables } from '@lms/events';
import { createLogger } from '@lms/runtime';
import { backupCommand } from './backup/backup-command.ts';
import { runEventsCommand } from './events/events-command.ts';
import { journeyCommand } from './journey/journey-command.ts';
import { migrateCommand } from './migrate/migrate-command.ts';
import { preflightCommand } from './preflight/preflight-command.ts';
import { readProduct } from './product.ts';

/**
 * Entry of the operations image, `main.js <command> …`, whose commands run beside the services in a cluster, as Jobs,
 * CronJobs and `helm test`. Every command reads the services' environment variables.
 */
const { env } = process;
const commands: Record<string, (args: string[]) => Promise<number>> = {
  preflight: async (args) => preflightCommand(args, { ...(await readProduct()), env }),
  journey: (args) => journeyCommand(args, env),
  backup: async (args) => backupCommand(args, { version: (await readProduct()).version, env }),
  migrate: async (args) => migrateCommand(args, { ...(await readProduct()), env }),
  events,
};

const [name = '', ...args] = process.argv.slice(2);
const command = commands[name];
if (!command) {
  process.stderr.write(`usage: main.js <${Object.keys(commands).join('|')}> …\n`);
  process.exit(2);
}
try {
  process.exitCode = await command(args);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
process.exit();

/** `events dlq list|show|replay`, `events tail`, `events partitions`: on the brokers that KAFKA_BROKERS names. */
async function events(words: string[]): Promise<number> {
  const config = parseConfig(kafkaVariables, env);
  const stopping = new AbortController();
  process.once('SIGINT', () => stopping.abort());
  process.once('SIGTERM', () => stopping.abort());
  const log = createLogger({ service: 'ops', level: 'fatal' });
  await runEventsCommand(words, {
    kafka: createKafka({ config, clientId: 'lms-ops', log }),
    topicPrefix: config.KAFKA_TOPIC_PREFIX,
    write: (line) => void process.stdout.write(`${line}\n`),
    signal: stopping.signal,
  });
  return 0;
}
