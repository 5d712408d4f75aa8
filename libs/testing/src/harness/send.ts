import request from 'supertest';

export interface Answer {
  status: number;
  headers: Headers;
  bytes: Buffer;
  /** The parsed JSON of the response; undefined if it is empty or not JSON. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into bodies of many shapes
  body: any;
}

export interface SendOptions {
  /** Bytes are sent unchanged, everything else as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
}

/** Limit of a whole request, in ms. */
const timeoutMs = 20_000;

/** Sends one request with supertest. Returns a response with any status; throws if there is no response. */
export async function send(
  origin: string,
  options: SendOptions & { method: string; path: string; token?: string | undefined },
): Promise<Answer> {
  const { method, path, token, body, headers = {} } = options;
  const ask = request(origin)
    [method.toLowerCase() as 'get'](path)
    .timeout(timeoutMs)
    .buffer(true)
    .parse(readBytes);
  if (token) ask.set('authorization', `Bearer ${token}`);
  if (body !== undefined) ask.set('content-type', 'application/json');
  ask.set(headers);
  if (body !== undefined) ask.send(body instanceof Uint8Array ? Buffer.from(body) : JSON.stringify(body));
  const response = await ask;
  const bytes = response.body as Buffer;
  const isJson = /json/.test(response.headers['content-type'] ?? '');
  return {
    status: response.status,
    headers: headersOf(response.headers),
    bytes,
    body: isJson && bytes.length > 0 ? JSON.parse(bytes.toString()) : undefined,
  };
}

function headersOf(received: Record<string, string | string[]>): Headers {
  return new Headers(
    Object.entries(received).flatMap(([name, values]) =>
      [values].flat().map((value): [string, string] => [name, value]),
    ),
  );
}

function readBytes(response: request.Response, done: (error: Error | null, bytes: Buffer) => void): void {
  const stream = response as unknown as NodeJS.ReadableStream;
  const parts: Buffer[] = [];
  stream.on('data', (part: Buffer) => parts.push(part));
  stream.on('end', () => done(null, Buffer.concat(parts)));
}
