import { z } from 'zod';
import type { Target } from '../config.ts';

/**
 * Longest time to wait for a service, in ms. Together with the rate limit's wait for Redis, a response takes less
 * than a second.
 */
export const askTimeoutMs = 700;
const maxAnswerBytes = 64 * 1024;

const dependencyHealth = z.object({
  status: z.enum(['up', 'down']),
  latencyMs: z.number().min(0),
  reason: z.enum(['timeout', 'unreachable']).optional(),
});
const report = z.object({
  status: z.enum(['up', 'down']),
  dependencies: z.record(z.string().regex(/^[a-zA-Z][a-zA-Z0-9]{0,30}$/), dependencyHealth),
});

/** A service's report on itself and its dependencies, or why it could not be queried. */
export const serviceHealth = z.object({
  status: z.enum(['up', 'down']),
  /** Why the service is down: it did not respond in time, could not be reached, or returned an invalid response. */
  reason: z.enum(['timeout', 'unreachable', 'invalid_answer']).optional(),
  dependencies: z.record(z.string(), dependencyHealth),
});
export type ServiceHealth = z.infer<typeof serviceHealth>;

/** Queries a service's health. Never throws, and returns within 700 ms. */
export async function askService({ url }: Target): Promise<ServiceHealth> {
  try {
    const response = await fetch(`${url}/health`, {
      signal: AbortSignal.timeout(askTimeoutMs),
      redirect: 'error',
      headers: { accept: 'application/json' },
    });
    const parsed = report.safeParse(await readJson(response));
    if (!parsed.success || ![200, 503].includes(response.status)) return down('invalid_answer');
    return parsed.data;
  } catch (error) {
    return down(error instanceof Error && error.name === 'TimeoutError' ? 'timeout' : 'unreachable');
  }
}

/** The body as JSON; undefined if it is not JSON or too long. */
async function readJson(response: Response): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    length += chunk.length;
    if (length > maxAnswerBytes) return undefined;
    chunks.push(chunk);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined;
  }
}

function down(reason: NonNullable<ServiceHealth['reason']>): ServiceHealth {
  return { status: 'down', reason, dependencies: {} };
}
