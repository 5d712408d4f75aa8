import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PartContext, StackPart } from './part.ts';
import { waitForPort } from './ports.ts';
import { startProcess, stopProcess } from './processes.ts';

/** An SMTP server that keeps what it is given and shows it on a web page. It sends nothing on. */
export function createMailCatcher(context: PartContext, options: { smtpPort: number; webPort: number }) {
  const main = join(dirname(fileURLToPath(import.meta.resolve('maildev'))), 'bin/maildev.js');
  const part: StackPart = {
    name: 'mail',
    async start() {
      const child = startProcess({
        name: 'mail',
        command: process.execPath,
        args: [
          ...[
            main,
            '--smtp',
            String(options.smtpPort),
            '--ip',
            '127.0.0.1',
            '--web',
            String(options.webPort),
          ],
          ...['--web-ip', '127.0.0.1', '--max-emails', '500', '--silent'],
        ],
        cwd: context.dataDir,
        logFile: join(context.logDir, 'mail.log'),
      });
      context.started(child);
      part.process = child;
      await Promise.all([waitForPort(options.smtpPort, 20_000), waitForPort(options.webPort, 20_000)]);
    },
    async stop() {
      if (part.process) await stopProcess(part.process, 'SIGTERM', 5_000);
    },
  };
  return {
    part,
    smtpUrl: `smtp://127.0.0.1:${options.smtpPort}`,
    inboxUrl: `http://127.0.0.1:${options.webPort}`,
  };
}
