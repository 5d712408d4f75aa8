import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { PartContext, StackPart } from './part.ts';
import { waitForPort } from './ports.ts';
import { endedEarly, startProcess, stopProcess } from './processes.ts';

/** An SMTP server that stores all emails and shows them on a web page. It delivers none. */
export async function createMailCatcher(
  context: PartContext,
  options: { smtpPort: number; webPort: number },
): Promise<StackPart> {
  const main = join(dirname(fileURLToPath(import.meta.resolve('maildev'))), 'bin/maildev.js');
  const mails = join(context.dataDir, 'mail');
  mkdirSync(mails, { recursive: true });
  const logFile = join(context.logDir, 'mail.log');
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
          ...['--web-ip', '127.0.0.1', '--mail-directory', mails, '--max-emails', '500', '--silent'],
        ],
        cwd: context.dataDir,
        logFile,
      });
      context.started(child);
      part.process = child;
      await Promise.race([
        Promise.all([waitForPort(options.smtpPort, 20_000), waitForPort(options.webPort, 20_000)]),
        endedEarly(child, logFile),
      ]);
    },
    async stop() {
      if (part.process) await stopProcess(part.process, 5_000);
    },
  };
  return part;
}
