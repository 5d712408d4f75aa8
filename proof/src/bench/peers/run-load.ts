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
 * Sends `amount` requests (rounded up to a multiple of the connections) and checks every response. Nothing is in flight
 * when it ends, so that no work is left out and none is counted elsewhere. `perSecond` limits the rate.
 * @throws Error with the first wrong response.
 */
export async function runLoad(
  work: { url: string; next(): Call },
  options: { amount: number; perSecond?: number },
): Promise<Load> {
  const amount = Math.ceil(options.amount / connections) * connections;
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
  const started = performance.now();
  const instance = autocannon(
    {
      ...{ url: work.url, connections, amount, timeout: 30, setupClient },
      ...(options.perSecond ? { overallRate: Math.ceil(options.perSecond) } : {}),
    },
    () => undefined,
  );
  const [result] = (await once(instance, 'done')) as [autocannon.Result];
  if (wrong) throw new Error(`a response is wrong: ${wrong}`);
  if (result.errors > 0) throw new Error(`${result.errors} requests to ${work.url} failed or took 30 s`);
  if (answered !== amount) throw new Error(`${answered} of ${amount} requests to ${work.url} were answered`);
  const seconds = (lastAt - started) / 1000;
  return { answered, seconds, perSecond: answered / seconds, p99Ms: result.latency.p99 };
}
