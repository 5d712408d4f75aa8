import { createReadStream, existsSync, statSync, watchFile } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pc from 'picocolors';

interface LogLine {
  level?: string;
  time?: string;
  msg?: string;
  err?: { type?: string; message?: string };
}

/** Shows warnings and errors of the services' logs from now on, one readable line each. */
export function echoWarnings(logDir: string, services: readonly string[]): void {
  for (const service of services) {
    const file = join(logDir, `${service}.log`);
    let position = existsSync(file) ? statSync(file).size : 0;
    watchFile(file, { interval: 500 }, (current) => {
      if (current.size <= position) return;
      const input = createReadStream(file, { start: position, end: current.size - 1 });
      position = current.size;
      createInterface({ input }).on('line', (line) => {
        const text = readable(line);
        if (text) console.log(`${pc.dim(service.padEnd(8))}${text}`);
      });
    });
  }
}

/** A readable log line, or null if it is not worth showing. */
export function readable(line: string): string | null {
  if (!line.startsWith('{')) return line.trim() && !line.startsWith('(') ? pc.yellow(line) : null;
  let entry: LogLine;
  try {
    entry = JSON.parse(line) as LogLine;
  } catch {
    return null;
  }
  if (!['warn', 'error', 'fatal'].includes(entry.level ?? '')) return null;
  const color = entry.level === 'warn' ? pc.yellow : pc.red;
  const cause = entry.err?.message ? `: ${entry.err.message.split('\n')[0]}` : '';
  return color(`${entry.msg ?? ''}${cause}`);
}
