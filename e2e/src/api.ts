/** Response of a call. */
export interface Answer<T> {
  status: number;
  headers: Headers;
  body: T;
}

export interface Problem {
  status: number;
  code: string;
  detail: string;
  requestId: string;
  errors?: { path: string; message: string }[];
}

/** Base URL of the ingress under test, ending in `/api/v1`; set by `npm test`. */
export const baseUrl = (() => {
  const url = process.env.LMS_BASE_URL;
  if (!url) throw new Error('LMS_BASE_URL is not set: run these tests through `npm test -- e2e`');
  return url.replace(/\/+$/, '');
})();

/** Calls the API as the mobile app does: through the ingress, with JSON and a bearer token. */
export async function call<T = Record<string, unknown>>(
  method: string,
  path: string,
  options: { token?: string; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer<T>> {
  const response = await fetch(baseUrl + path, {
    method,
    headers: {
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(options.token ? { authorization: `Bearer ${options.token}` } : {}),
      ...options.headers,
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
    signal: AbortSignal.timeout(20_000),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: (text ? JSON.parse(text) : undefined) as T,
  };
}

/** Like `call`, but fails with the problem's text when the status is not the expected one. */
export async function expectCall<T = Record<string, unknown>>(
  status: number | number[],
  ...args: Parameters<typeof call>
): Promise<T> {
  const answer = await call<T>(...args);
  if (![status].flat().includes(answer.status)) {
    throw new Error(`${args[0]} ${args[1]} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  }
  return answer.body;
}
