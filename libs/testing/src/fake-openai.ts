import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { completionAnswer, transcriptionAnswer } from './fake-openai-answers.ts';

/** A failure of one request; each entry is used once, in order. */
export type FakeFailure =
  /** An error status with OpenAI's error body. */
  | { status: number; code?: string; retryAfterSeconds?: number }
  /** The response is delayed. */
  | { delayMs: number }
  /** The response is sent once this promise has resolved. */
  | { until: Promise<unknown> }
  /** The connection is cut before the response or in the middle of its body. */
  | { cut: 'before' | 'midway' }
  /** The model returns this instead of a valid answer. */
  | { content: string }
  /** The model declines. */
  | { refusal: string };

/** The transcript of every recording until it is changed. */
export interface FakeTranscript {
  text: string;
  /** Times in seconds; generated with 0.3 s per word if absent. */
  words?: { word: string; start: number; end: number }[];
}

/** A request that the fake received, for assertions. Of audio it keeps only the size. */
export interface FakeRequest {
  path: string;
  /** Parsed JSON body, or the text fields of a multipart form. */
  body: Record<string, unknown>;
  file?: { name: string; contentType: string; sizeBytes: number };
  /** False if it was refused because of its key. */
  authorized: boolean;
}

export interface FakeOpenAi {
  /** For OPENAI_BASE_URL; ends in `/v1`. */
  baseUrl: string;
  /** The key it accepts, for OPENAI_API_KEY. */
  apiKey: string;
  requests: FakeRequest[];
  failNext(...failures: FakeFailure[]): void;
  setTranscript(transcript: FakeTranscript): void;
  /** Discards requests, failures and the transcript. */
  reset(): void;
  close(): Promise<void>;
}

export interface FakeOpenAiOptions {
  /** 0 (the default) picks a free port. */
  port?: number;
  apiKey?: string;
  /** Delay of every response, in ms. */
  latencyMs?: number;
  failures?: readonly FakeFailure[];
}

interface State {
  apiKey: string;
  latencyMs: number;
  failures: FakeFailure[];
  transcript: FakeTranscript;
  requests: FakeRequest[];
}

const firstTranscript: FakeTranscript = { text: 'Hello, my name is Lan.' };
const maxBodyBytes = 30 * 1024 * 1024;

/**
 * A real HTTP server that implements the part of OpenAI's API that is used here: `POST /v1/chat/completions` with
 * structured output and `POST /v1/audio/transcriptions` (multipart; `json` or `verbose_json` with word times). It
 * refuses a wrong key, and fails on request.
 *
 * Other processes control it over HTTP, without a key: `POST /control/transcript` (FakeTranscript),
 * `POST /control/failures` (FakeFailure[]), `POST /control/reset`, `GET /control/requests`.
 */
export async function startFakeOpenAi(options: FakeOpenAiOptions = {}): Promise<FakeOpenAi> {
  const state: State = {
    apiKey: options.apiKey ?? 'test-key-of-the-fake',
    latencyMs: options.latencyMs ?? 0,
    failures: [...(options.failures ?? [])],
    transcript: firstTranscript,
    requests: [],
  };
  const server = createServer((req, res) => {
    answer(req, res, state).catch(() => res.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', resolve);
  });
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    apiKey: state.apiKey,
    requests: state.requests,
    failNext: (...failures) => void state.failures.push(...failures),
    setTranscript: (transcript) => {
      state.transcript = transcript;
    },
    reset: () => reset(state),
    close: () => close(server),
  };
}

async function answer(req: IncomingMessage, res: ServerResponse, state: State): Promise<void> {
  const path = (req.url ?? '').split('?')[0] ?? '';
  const bytes = await readBody(req);
  if (path.startsWith('/control/')) return control(path, bytes, res, state);

  const authorized = req.headers.authorization === `Bearer ${state.apiKey}`;
  const request = { path, authorized, ...(await parseBody(req, bytes)) };
  state.requests.push(request);
  if (!authorized) return sendError(res, { status: 401, code: 'invalid_api_key' });
  if (req.method !== 'POST' || !['/v1/chat/completions', '/v1/audio/transcriptions'].includes(path)) {
    return sendError(res, { status: 404, code: 'unknown_url' });
  }
  const failure = state.failures.shift();
  const delayMs = failure && 'delayMs' in failure ? failure.delayMs : state.latencyMs;
  if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
  if (failure && 'until' in failure) await failure.until;
  if (failure && 'status' in failure) return sendError(res, failure);
  if (failure && 'cut' in failure && failure.cut === 'before') return void res.destroy();

  const body = path.endsWith('/transcriptions')
    ? transcriptionAnswer(request.body, state.transcript)
    : completionAnswer(request.body, failure);
  if (failure && 'cut' in failure) {
    const text = JSON.stringify(body);
    res.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
    res.write(text.slice(0, text.length / 2), () => res.destroy());
    return;
  }
  sendJson(res, 200, body);
}

async function control(path: string, bytes: Buffer, res: ServerResponse, state: State): Promise<void> {
  const body: unknown = bytes.length > 0 ? JSON.parse(bytes.toString('utf8')) : undefined;
  if (path === '/control/transcript') state.transcript = body as FakeTranscript;
  else if (path === '/control/failures') state.failures.push(...(body as FakeFailure[]));
  else if (path === '/control/reset') reset(state);
  else if (path === '/control/requests') return sendJson(res, 200, state.requests);
  else return sendError(res, { status: 404 });
  sendJson(res, 200, {});
}

function reset(state: State): void {
  state.failures.length = 0;
  state.requests.length = 0;
  state.transcript = firstTranscript;
}

async function readBody(req: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of req) {
    sizeBytes += (chunk as Buffer).length;
    if (sizeBytes > maxBodyBytes) throw new Error('body too large');
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

async function parseBody(req: IncomingMessage, bytes: Buffer): Promise<Pick<FakeRequest, 'body' | 'file'>> {
  const contentType = req.headers['content-type'] ?? '';
  if (contentType.startsWith('application/json')) {
    return { body: JSON.parse(bytes.toString('utf8')) as Record<string, unknown> };
  }
  if (!contentType.startsWith('multipart/form-data')) return { body: {} };
  const form = await new Response(new Uint8Array(bytes), {
    headers: { 'content-type': contentType },
  }).formData();
  const fields = [...form.entries()].filter(([, value]) => typeof value === 'string');
  const file = form.get('file');
  return {
    body: Object.fromEntries(fields),
    ...(file && typeof file !== 'string'
      ? { file: { name: file.name, contentType: file.type, sizeBytes: file.size } }
      : {}),
  };
}

/** OpenAI's error body. Like the real one, it quotes data that must not be logged. */
function sendError(
  res: ServerResponse,
  { status, code, retryAfterSeconds }: { status: number; code?: string; retryAfterSeconds?: number },
): void {
  if (retryAfterSeconds !== undefined) res.setHeader('retry-after', String(retryAfterSeconds));
  res.setHeader('x-request-id', 'req_fake');
  const message =
    status === 401 ? 'Incorrect API key provided: test-key-of-the-fake.' : `Failed with ${status}.`;
  sendJson(res, status, { error: { message, type: 'fake_error', param: null, code: code ?? null } });
}

function sendJson(res: ServerResponse, status: number, body: unknown): void {
  res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
