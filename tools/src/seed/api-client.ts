import { setTimeout as sleep } from 'node:timers/promises';

export interface CallOptions {
  body?: unknown;
  /** Bytes to send instead of JSON, with their content type. */
  bytes?: { type: string; data: Uint8Array };
  headers?: Record<string, string>;
  timeoutMs?: number;
}

/** Calls the API. All calls made through it are safe to repeat, and are retried if the platform is busy. */
export interface ApiClient {
  token?: string;
  /** @throws Error with the problem's code, detail and fields. */
  call<T>(method: string, path: string, options?: CallOptions): Promise<T>;
}

interface Problem {
  code?: string;
  detail?: string;
  errors?: { path: string; message: string }[];
}

const attempts = 6;
const busy = [429, 502, 503, 504];

export function createApiClient(baseUrl: string): ApiClient {
  const client: ApiClient = {
    async call<T>(method: string, path: string, options: CallOptions = {}) {
      const what = `${method} ${path}`;
      const response = await fetchPatiently(what, () =>
        fetch(baseUrl + path, {
          method,
          headers: headersOf(options, client.token),
          body: options.bytes ? new Uint8Array(options.bytes.data) : jsonOf(options.body),
          signal: AbortSignal.timeout(options.timeoutMs ?? 20_000),
        }),
      );
      const text = await response.text();
      if (!response.ok) throw new Error(`${what}: ${explain(response.status, text)}`);
      return (text ? JSON.parse(text) : undefined) as T;
    },
  };
  return client;
}

/** Retries for up to about 20 s while the server is unreachable or busy. */
export async function fetchPatiently(what: string, send: () => Promise<Response>): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    let waitMs = 200 * 2 ** attempt;
    try {
      const response = await send();
      if (!busy.includes(response.status) || attempt === attempts) return response;
      const retryAfterSeconds = Number(response.headers.get('retry-after') ?? 0);
      if (retryAfterSeconds > 0) waitMs = Math.min(retryAfterSeconds * 1_000, 10_000);
      await response.body?.cancel();
    } catch (error) {
      if (attempt === attempts) throw new Error(`${what}: ${causeOf(error)}`, { cause: error });
    }
    await sleep(Math.min(waitMs, 10_000));
  }
}

function headersOf({ body, bytes, headers }: CallOptions, token: string | undefined): Record<string, string> {
  return {
    accept: 'application/json',
    ...(token ? { authorization: `Bearer ${token}` } : {}),
    ...(bytes ? { 'content-type': bytes.type } : {}),
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...headers,
  };
}

function jsonOf(body: unknown): string | null {
  return body === undefined ? null : JSON.stringify(body);
}

function explain(status: number, text: string): string {
  let problem: Problem = {};
  try {
    problem = JSON.parse(text) as Problem;
  } catch {
    // The response is not from our services, so only the status is reported.
  }
  const fields = (problem.errors ?? []).slice(0, 10).map(({ path, message }) => `\n  ${path}: ${message}`);
  return `${status} ${problem.code ?? ''} ${problem.detail ?? ''}`.trim() + fields.join('');
}

function causeOf(error: unknown): string {
  const { cause, message } = error as Error;
  return cause instanceof Error ? cause.message : message;
}
