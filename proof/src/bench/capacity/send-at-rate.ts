import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import type { Call } from '../peers/contender.ts';
import { percentile } from '../percentile.ts';

/** A client waits this long for a response. */
const timeoutMs = 10_000;
/** Sockets of the generator; more requests than this wait in it, which counts as part of their latency. */
const maxSockets = 2_000;
/** Pause between two looks at the clock. */
const tickMs = 2;

/** What became of the requests that were sent. */
export interface Outcome {
  sent: number;
  /** Answered as asked. */
  ok: number;
  /** 429 or 503 with `Retry-After`: the client knows what to do. */
  refused: number;
  /** Anything else, by what it was. */
  failed: Map<string, number>;
  /** From the first request until the last one was sent. */
  seconds: number;
  okP99Ms: number;
}

/**
 * Sends requests at a rate that does not depend on the responses, as users do. Never throws for a response.
 */
export async function sendAtRate(
  work: { url: string; next(): Call },
  { perSecond, seconds }: { perSecond: number; seconds: number },
): Promise<Outcome> {
  const agent = new Agent({ keepAlive: true, maxSockets });
  const outcome: Outcome = { sent: 0, ok: 0, refused: 0, failed: new Map(), seconds: 0, okP99Ms: 0 };
  const latencies: number[] = [];
  const inFlight = new Set<Promise<void>>();
  const started = performance.now();
  const elapsed = () => (performance.now() - started) / 1000;
  const total = Math.floor(perSecond * seconds);
  while (outcome.sent < total) {
    const due = Math.min(total, Math.ceil(elapsed() * perSecond));
    for (; outcome.sent < due; outcome.sent += 1) {
      const sending = sendOne(work, agent).then((result) => {
        inFlight.delete(sending);
        if (typeof result === 'number') {
          outcome.ok += 1;
          latencies.push(result);
        } else if (result === 'refused') outcome.refused += 1;
        else outcome.failed.set(result, (outcome.failed.get(result) ?? 0) + 1);
      });
      inFlight.add(sending);
    }
    await new Promise((resolve) => setTimeout(resolve, tickMs));
  }
  outcome.seconds = elapsed();
  await Promise.all(inFlight);
  agent.destroy();
  outcome.okP99Ms = percentile(latencies, 0.99);
  return outcome;
}

/** The latency in ms of a response as asked; otherwise what came instead. */
async function sendOne({ url, next }: { url: string; next(): Call }, agent: Agent): Promise<number | string> {
  const { method, path, headers, body, check } = next();
  const sentAt = performance.now();
  try {
    const call = request(url + path, { method, headers, agent, signal: AbortSignal.timeout(timeoutMs) });
    call.end(body);
    const [response] = (await once(call, 'response')) as [IncomingMessage];
    const answer = await text(response);
    const status = response.statusCode ?? 0;
    if (check(status, answer)) return performance.now() - sentAt;
    const isRefusal = (status === 429 || status === 503) && Number(response.headers['retry-after']) > 0;
    return isRefusal ? 'refused' : `${status} ${answer.slice(0, 80)}`;
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}
