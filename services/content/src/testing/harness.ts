import { startHarness as startServiceHarness, type User } from '@lms/testing/harness';
import { content } from '../service.ts';

export type { Answer, User } from '@lms/testing/harness';
export type Harness = Awaited<ReturnType<typeof startHarness>>;

interface CallOptions {
  body?: unknown;
  /** Sent as application/zip instead of a body. */
  zip?: Uint8Array;
  headers?: Record<string, string>;
}

/** The real app with its own database and topics. `env` overrides the defaults. */
export async function startHarness(env: Record<string, string> = {}) {
  const harness = await startServiceHarness(content, { env: { KAFKA_PARTITIONS: '2', ...env } });
  return {
    ...harness,
    call(user: User | null, method: string, path: string, { zip, body, headers }: CallOptions = {}) {
      const type = zip ? { 'content-type': 'application/zip' } : {};
      return harness.call(user, method, path, { body: zip ?? body, headers: { ...type, ...headers } });
    },
  };
}

/** Sends a conditional request, like a cache. */
export function ifNoneMatch(etag: string): Record<string, string> {
  return { 'if-none-match': etag };
}
