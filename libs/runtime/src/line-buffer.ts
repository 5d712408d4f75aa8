import { pino } from 'pino';

/** Lines below this level may wait: warnings, errors and what precedes them are written at once. */
const warnLevel = 40;
const maxDelayMs = 100;
const maxPendingLength = 16 * 1024;

/** A destination for pino, which sets `lastLevel` before it writes a line. */
export interface LineBuffer {
  write(line: string): void;
  lastLevel: number;
}

let shared: LineBuffer | undefined;

/**
 * Standard output, with one system call for many lines: lines wait until there are 16 KiB of them, for 100 ms, or until
 * a line of level `warn` or above, and are then written synchronously, in order. Nothing is lost at the end of the
 * process, be it an exit, SIGTERM or an uncaught exception. What no process can catch (SIGKILL, a crash of Node itself)
 * loses the lines below `warn` of the last 100 ms, or of the time for which the event loop was blocked.
 */
export function createLineBuffer(): LineBuffer {
  shared ??= bufferLines(pino.destination({ fd: 1, sync: true }));
  return shared;
}

function bufferLines(output: { write(text: string): unknown }): LineBuffer {
  let pending = '';
  let timer: NodeJS.Timeout | undefined;
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    const text = pending;
    pending = '';
    if (text) output.write(text);
  };
  process.on('exit', flush);
  const buffer: LineBuffer = {
    lastLevel: 0,
    write(line) {
      pending += line;
      if (buffer.lastLevel >= warnLevel || pending.length >= maxPendingLength) flush();
      else timer ??= setTimeout(flush, maxDelayMs).unref();
    },
  };
  return Object.assign(buffer, { [Symbol.for('pino.metadata')]: true });
}
