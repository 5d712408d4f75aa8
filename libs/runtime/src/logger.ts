import { type Logger as PinoLogger, pino } from 'pino';

/** Structured logger. First argument: facts (no secrets, no personal data); second: a constant message. */
export type Logger = Pick<
  PinoLogger,
  'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'isLevelEnabled'
> & {
  child(bindings: Record<string, unknown>): Logger;
};

/** Names whose values are never logged, at the top level and up to three levels down. */
export const redactedNames = [
  'password',
  'newPassword',
  'currentPassword',
  'token',
  'accessToken',
  'refreshToken',
  'idToken',
  'authorization',
  'cookie',
  'set-cookie',
  'secret',
  'apiKey',
  'email',
  'displayName',
  'text',
  'connectionString',
  'databaseUrl',
  'uploadUrl',
] as const;

const redactPaths = redactedNames.flatMap((name) => {
  const key = /^\w+$/.test(name) ? `.${name}` : `["${name}"]`;
  const top = key.startsWith('.') ? name : key;
  return [top, `*${key}`, `*.*${key}`, `*.*.*${key}`];
});

/**
 * Creates the process's logger: JSON lines on stdout, time in RFC 3339, level as a word, secrets redacted.
 * `destination` is for tests that read the output.
 */
export function createLogger(options: {
  service: string;
  level: string;
  destination?: { write(line: string): void };
}): Logger {
  return pino(
    {
      level: options.level,
      base: { service: options.service },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: redactPaths, censor: '[redacted]' },
      serializers: { err: serializeError },
    },
    options.destination ?? pino.destination({ fd: 1, sync: true }),
  );
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
