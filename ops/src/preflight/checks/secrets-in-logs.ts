import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { createLogger, redactedNames } from '@lms/runtime';
import { type Check, failed, messageOf, ok, type PreflightContext } from '../check.ts';

/** Shorter values would match in any log. */
const shortestSecret = 6;
const mostFindings = 10;

/**
 * The logger redacts values under the names of secrets and in URLs, and the given logs contain no secret of this
 * environment, no token and no private key. Values are never printed.
 */
export const secretsInLogsCheck: Check = {
  name: 'no secret in logs',
  async run(context, signal) {
    const secrets = secretsOf(context);
    const leak = loggerLeak(secrets);
    if (leak)
      return failed(`the logger wrote the value of ${leak}`, 'add the name to redactedNames in libs/runtime');
    const findings: string[] = [];
    let lines = 0;
    for (const file of context.logFiles) {
      try {
        lines += await scan(
          file === '-' ? process.stdin : createReadStream(file),
          secrets,
          signal,
          (line, what) => findings.push(`${file}:${line} ${what}`),
        );
      } catch (error) {
        return failed(`${file}: ${messageOf(error)}`, 'pass files that can be read, or - for standard input');
      }
    }
    if (findings.length > 0) {
      const more = findings.length > mostFindings ? ` and ${findings.length - mostFindings} more` : '';
      return failed(
        findings.slice(0, mostFindings).join('; ') + more,
        'stop logging these lines, delete the stored logs, and replace the secrets',
      );
    }
    const scanned = lines > 0 ? `${lines} lines of logs` : 'no logs were given (--logs <file>, - for stdin)';
    return ok(`the logger hides ${secrets.size} secrets; ${scanned}`);
  },
};

/** Values to look for, with the variable that each comes from. */
function secretsOf({ env, shapes }: PreflightContext): Map<string, string> {
  const secrets = new Map<string, string>();
  for (const { shape } of shapes) {
    for (const [name, schema] of Object.entries(shape)) {
      const value = env[name];
      if (!value || schema.meta()?.secret !== true) continue;
      for (const part of [value, passwordIn(value)]) {
        if (part && part.length >= shortestSecret) secrets.set(part, name);
      }
    }
  }
  return secrets;
}

function passwordIn(value: string): string | null {
  try {
    return decodeURIComponent(new URL(value).password) || null;
  } catch {
    return null;
  }
}

/** Logs each secret as careless code would; returns the name of one that was not redacted. */
function loggerLeak(secrets: Map<string, string>): string | null {
  for (const [value, name] of secrets) {
    const hidden = Object.fromEntries(redactedNames.map((field) => [field, value]));
    const lines: string[] = [];
    const destination = { write: (line: string) => void lines.push(line) };
    const log = createLogger({ service: 'preflight', level: 'info', destination });
    log.info({ ...hidden, deep: { deeper: hidden } }, 'a request');
    log.error(
      { err: new Error(`cannot reach postgresql://user:${encodeURIComponent(value)}@db/lms`) },
      'failed',
    );
    const written = lines.join('');
    if (written.includes(value) || written.includes(encodeURIComponent(value))) return name;
  }
  return null;
}

/** Patterns of secrets from any source. */
const patterns: [RegExp, string][] = [
  [/\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\.[\w-]{20,}/, 'a JSON Web Token'],
  [/-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/, 'a private key'],
  [/\bAGE-SECRET-KEY-1[0-9A-Z]{20,}/, 'an age identity'],
  [/\bBearer\s+[\w.~+/-]{20,}/, 'a bearer token'],
  [/\b[a-z][a-z0-9+.-]*:\/\/[^\s/@:"]+:(?!\[redacted\])[^\s/@"]+@/i, 'a URL with a password'],
  [/[?&]X-Amz-Signature=[0-9a-f]{16,}/i, 'a signed URL'],
];

async function scan(
  stream: Readable,
  secrets: Map<string, string>,
  signal: AbortSignal,
  report: (line: number, what: string) => void,
): Promise<number> {
  let count = 0;
  for await (const line of createInterface({ input: stream, signal })) {
    count += 1;
    for (const [value, name] of secrets)
      if (line.includes(value)) report(count, `contains the value of ${name}`);
    for (const [pattern, what] of patterns) if (pattern.test(line)) report(count, `contains ${what}`);
  }
  return count;
}
