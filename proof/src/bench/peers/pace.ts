import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Call } from './contender.ts';

/** More requests in flight than this mean that the rate is too high for the server. */
const maxInFlight = 1_000;
const agent = new Agent({ keepAlive: true });

/**
 * Sends requests at a steady rate, each at its own time whether or not earlier ones were answered.
 * @throws Error for a wrong response, or if the server does not keep up.
 */
export async function sendPaced(
  work: { url: string; next(): Call },
  { perSecond, seconds }: { perSecond: number; seconds: number },
): Promise<void> {
  const started = performance.now();
  const total = Math.floor(perSecond * seconds);
  const inFlight = new Set<Promise<void>>();
  let failure: unknown;
  for (let sent = 0; sent < total; ) {
    if (failure) throw failure;
    if (inFlight.size > maxInFlight)
      throw new Error(`${work.url} does not keep up with ${perSecond.toFixed(0)} requests a second`);
    const due = Math.min(total, ((performance.now() - started) / 1000) * perSecond);
    for (; sent < due; sent += 1) {
      const sending = timeOne(work)
        .then(() => undefined)
        .catch((error) => {
          failure = error;
        })
        .finally(() => inFlight.delete(sending));
      inFlight.add(sending);
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(inFlight);
  if (failure) throw failure;
}

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
