import { type Logger as PinoLogger, pino } from 'pino';
import { createLineBuffer } from './line-buffer.ts';
import { redactFacts, redactValue } from './redact.ts';

/** Structured logger. First argument: facts (no secrets, no personal data); second: a constant message. */
export type Logger = Pick<
  PinoLogger,
  'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'isLevelEnabled'
> & {
  child(bindings: Record<string, unknown>): Logger;
};

/**
 * Creates the process's logger: JSON lines on stdout, time in RFC 3339, level as a word, secrets redacted.
 * Lines below `warn` may be written up to 100 ms later (`createLineBuffer`), always in order.
 * `destination` is for tests that read the output.
 */
export function createLogger(options: {
  service: string;
  level: string;
  destination?: { write(line: string): void };
}): Logger {
  const logger = pino(
    {
      level: options.level,
      base: { service: options.service },
      timestamp: createIsoTime(),
      formatters: { level: (label) => ({ level: label }), log: redactFacts },
      serializers: { err: (error: unknown) => redactValue(serializeError(error)) },
    },
    options.destination ?? createLineBuffer(),
  );
  return redactBindings(logger);
}

/** The time as pino writes it, formatted once for all lines of a millisecond. */
function createIsoTime(): () => string {
  let formattedMs = Number.NaN;
  let formatted = '';
  return () => {
    const now = Date.now();
    if (now !== formattedMs) {
      formattedMs = now;
      formatted = `,"time":"${new Date(now).toISOString()}"`;
    }
    return formatted;
  };
}

/** pino's formatters do not see the bindings of child loggers. */
function redactBindings(logger: PinoLogger): Logger {
  const child = logger.child.bind(logger);
  return Object.assign(logger, {
    child: (bindings: Record<string, unknown>) => redactBindings(child(redactFacts(bindings))),
  }) as unknown as Logger;
}

/**
 * The logged parts of an error: names, codes, stacks and causes, but no driver fields such as a failed
 * row's values (`detail`, `parameters`), which may hold personal data; URLs lose their credentials.
 */
export function serializeError(error: unknown, depth = 0): Record<string, unknown> {
  if (!(error instanceof Error)) return { message: withoutCredentials(String(error)) };
  const code = 'code' in error ? { code: error.code } : {};
  const details = 'details' in error && error.details ? { details: error.details } : {};
  return {
    type: error.name,
    ...code,
    message: withoutCredentials(error.message),
    stack: error.stack === undefined ? undefined : withoutCredentials(error.stack),
    ...details,
    ...(error.cause !== undefined && depth < 4 ? { cause: serializeError(error.cause, depth + 1) } : {}),
  };
}

function withoutCredentials(text: string): string {
  return text
    .replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, '$1[redacted]@')
    .replace(/([?&]X-Amz-(?:Signature|Credential|Security-Token)=)[^&\s"]+/gi, '$1[redacted]')
    .replace(/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, '$1 [redacted]');
}
