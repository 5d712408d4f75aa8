import type { EnvShape } from '@lms/config';

/** Result of a check. `advice` says what to do about a failure. */
export type Outcome =
  | { status: 'ok'; detail: string }
  | { status: 'failed'; detail: string; advice: string }
  | { status: 'skipped'; detail: string };

export const ok = (detail: string): Outcome => ({ status: 'ok', detail });
export const failed = (detail: string, advice: string): Outcome => ({ status: 'failed', detail, advice });
export const skipped = (detail: string): Outcome => ({ status: 'skipped', detail });

/** Input of all checks. */
export interface PreflightContext {
  /** The environment that the services are, or will be, started with. */
  env: NodeJS.ProcessEnv;
  /** Where clients reach the product, without a slash at the end: `https://api.example.com`. */
  baseUrl: string | null;
  /** One shape for each service. */
  shapes: { service: string; shape: EnvShape }[];
  /** Migrations of the services that have some. */
  migrations: { service: string; migrationsDir: string }[];
  /** Log files to search; `-` is standard input. */
  logFiles: string[];
}

/** A check of the list. It must end when `signal` is aborted. */
export interface Check {
  name: string;
  run(context: PreflightContext, signal: AbortSignal): Promise<Outcome>;
}

/** An error's message for the terminal, without credentials in URLs. */
export function messageOf(error: unknown): string {
  const messages: string[] = [];
  for (let at = error, depth = 0; at instanceof Error && depth < 4; at = at.cause, depth += 1) {
    const { code } = at as { code?: unknown };
    const text = at.message || (typeof code === 'string' ? code : at.name);
    if (!messages.includes(text)) messages.push(text);
  }
  const message = messages.join(': ') || String(error);
  return message.replace(/\b([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, '$1[redacted]@').split('\n')[0] ?? message;
}
