import { once } from 'node:events';
import autocannon from 'autocannon';
import type { Call } from './contender.ts';

export const connections = 32;

export interface Load {
  answered: number;
  seconds: number;
  perSecond: number;
  p99Ms: number;
}

/**
 * Sends `amount` requests over 32 connections, or as many as `seconds` allow at a steady rate, and checks every response.
 * With an amount nothing is in flight when it ends, so that no work is left out and none of it is counted elsewhere.
 * @throws Error with the first wrong response.
 */
export async function runLoad(
  work: { url: string; next(): Call },
  limit: { amount: number } | { perSecond: number; seconds: number },
): Promise<Load> {
  let answered = 0;
  // The end of autocannon is up to a second later.
  let lastAt = 0;
  let wrong: string | undefined;
  const setupClient = (client: autocannon.Client) => {
    let call: Call;
    client.setRequests([
      {
        setupRequest(request: autocannon.Request) {
          call = work.next();
          const { method, path, headers, body } = call;
          return { ...request, method, path, headers, body };
        },
        onResponse(status: number, body: string) {
          lastAt = performance.now();
          if (call.check(status, body)) answered += 1;
          else wrong ??= `${call.method} ${call.path}: ${status} ${body.slice(0, 400)}`;
        },
      } as autocannon.Request,
    ]);
  };
  const amount = 'amount' in limit ? roundUp(limit.amount) : undefined;
  const started = performance.now();
  const instance = autocannon(
    {
      ...{ url: work.url, connections, timeout: 30, setupClient },
      ...(amount === undefined
        ? {
            overallRate: (limit as { perSecond: number }).perSecond,
            duration: (limit as { seconds: number }).seconds,
          }
        : { amount }),
    },
    () => undefined,
  );
  const [result] = (await once(instance, 'done')) as [autocannon.Result];
  const seconds = (lastAt - started) / 1000;
  if (wrong) throw new Error(`a response is wrong: ${wrong}`);
  if (result.errors > 0) throw new Error(`${result.errors} requests to ${work.url} failed or took 30 s`);
  if (amount !== undefined && answered !== amount)
    throw new Error(`${answered} of ${amount} requests to ${work.url} were answered`);
  return { answered, seconds, perSecond: answered / seconds, p99Ms: result.latency.p99 };
}

/** Every connection sends the same number of requests. */
function roundUp(amount: number): number {
  return Math.ceil(amount / connections) * connections;
}
