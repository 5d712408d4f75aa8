import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Call } from './contender.ts';

const agent = new Agent({ keepAlive: true });

/** Time from sending one request to the last byte of its response, in ms. @throws Error if the response is wrong. */
export async function timeOne({ url, next }: { url: string; next(): Call }): Promise<number> {
  const { method, path, headers, body, check } = next();
  const started = performance.now();
  // Not `fetch`, which adds headers of its own to a conditional request.
  const call = request(url + path, { method, headers, agent });
  call.end(body);
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  const answer = await text(response);
  const tookMs = performance.now() - started;
  if (!check(response.statusCode ?? 0, answer))
    throw new Error(`${method} ${path}: ${response.statusCode} ${answer.slice(0, 400)}`);
  return tookMs;
}
