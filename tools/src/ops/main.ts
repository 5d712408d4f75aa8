import { backupCommand } from '../backup/backup-command.ts';
import { journeyCommand } from '../journey/journey-command.ts';
import { preflightCommand } from '../preflight/preflight-command.ts';
import { readProduct } from './product.ts';

/**
 * Entry of the operations image, `main.js <command> …`: what runs beside the services in a cluster, as Jobs,
 * CronJobs and `helm test`. Every command reads the services' environment variables.
 */
const commands: Record<string, (args: string[]) => Promise<number>> = {
  preflight: async (args) => preflightCommand(args, { ...(await readProduct()), env: process.env }),
  journey: (args) => journeyCommand(args, process.env),
  backup: async (args) => backupCommand(args, { version: (await readProduct()).version, env: process.env }),
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
