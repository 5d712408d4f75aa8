import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startTokenIssuer } from '@lms/testing';
import { killAtExit } from '@lms/tools/stack/kill-at-exit';
import type { PartContext } from '@lms/tools/stack/part';
import { createPortChooser } from '@lms/tools/stack/ports';
import { createRedisServer } from '@lms/tools/stack/redis';
import autocannon from 'autocannon';
import {
  bareTag,
  kinds,
  type ServerOptions,
  type ServerReport,
  type Variant,
  variants,
} from './http-server.ts';
import { describeLoad, startMachineLoad } from './machine-load.ts';
import { median } from './percentile.ts';

const connections = 32;
/** Requests before those that are measured. A number and not a time, so that a slow machine compiles as much code too. */
const warmUpRequests = 30_000;
/** Most CPU time that the kit may take, as a multiple of what node:http takes for the same kind of response. */
const targets = { cached: 2.5, '304': 2 } as const;

interface Measured {
  requestsPerSecond: number;
  /** CPU time of the server's process per request. */
  cpuMicroseconds: number;
  p99Ms: number;
}

/**
 * `npm run bench -- http`: the cost of a request in our service kit, in plain Express and in node:http, for a response
 * that is made anew for each request, for a cached one, and for a 304. The CPU time per request is the figure to
 * compare, because requests per second depend on other programs.
 */
export async function benchHttp(options: {
  repo: string;
  home: string;
  seconds: number;
  runs: number;
  print: (line: string) => void;
}): Promise<void> {
  const { print, runs } = options;
  const redis = await startRedis(options);
  const issuer = await startTokenIssuer();
  const token = await issuer.tokenFor({ userId: randomUUID(), role: 'learner' });
  const results = new Map<Variant, Measured[]>(variants.map((variant) => [variant, []]));
  const load = startMachineLoad();
  try {
    for (let run = 1; run <= runs; run += 1) {
      // Alternates the variants, so that a busy minute of the machine affects all of them.
      for (const variant of variants) {
        const server = { variant, redisUrl: redis.url, jwksUrl: issuer.jwksUrl };
        const measured = await measure(server, { token, seconds: options.seconds });
        results.get(variant)?.push(measured);
        print(`run ${run}  ${lineOf(variant, measured)}`);
      }
    }
  } finally {
    await issuer.close();
    await redis.stop();
  }
  print(`[${describeLoad(load())}]`);
  const middle = (variant: Variant): Measured => {
    const of = (pick: (measured: Measured) => number) => median((results.get(variant) ?? []).map(pick));
    return {
      requestsPerSecond: of((measured) => measured.requestsPerSecond),
      cpuMicroseconds: of((measured) => measured.cpuMicroseconds),
      p99Ms: of((measured) => measured.p99Ms),
    };
  };
  for (const variant of variants) print(`median ${lineOf(variant, middle(variant))}`);
  for (const kind of kinds) print(comparison(kind, middle));
}

function comparison(kind: Variant['kind'], middle: (variant: Variant) => Measured): string {
  const of = (server: Variant['server']) => {
    const variant = variants.find((each) => each.server === server && each.kind === kind);
    return variant && middle(variant);
  };
  const [kit, bare, express] = [of('kit'), of('node:http'), of('express')];
  if (!kit || !bare) throw new Error(`${kind} was not measured`);
  const ratio = kit.cpuMicroseconds / bare.cpuMicroseconds;
  const target = kind === 'built' ? undefined : targets[kind];
  return [
    `${kind}: the kit takes ${ratio.toFixed(2)} × the CPU time of node:http`,
    ...(express ? [`${(kit.cpuMicroseconds / express.cpuMicroseconds).toFixed(2)} × that of Express`] : []),
    ...(target ? [`target ≤ ${target}: ${ratio <= target ? 'pass' : 'missed'}`] : []),
  ].join(', ');
}

function lineOf({ server, kind }: Variant, { requestsPerSecond, cpuMicroseconds, p99Ms }: Measured): string {
  return `${`${server} ${kind}`.padEnd(16)} ${Math.round(requestsPerSecond).toLocaleString('en').padStart(7)} requests/s  ${cpuMicroseconds.toFixed(0).padStart(4)} µs of CPU each  p99 ${p99Ms} ms`;
}

async function measure(
  options: ServerOptions,
  { token, seconds }: { token: string; seconds: number },
): Promise<Measured> {
  const server = fork(join(import.meta.dirname, 'http-server.ts'), [JSON.stringify(options)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  try {
    const { port } = (await nextReport(server)) as { port: number };
    const url = `http://127.0.0.1:${port}/api/v1/lessons/${randomUUID()}`;
    const headers = { authorization: `Bearer ${token}` };
    const tag = options.variant.kind === '304' && { 'if-none-match': await tagOf(url, headers) };
    const load = (amount: { amount: number } | { duration: number }) =>
      autocannon({ url, connections, ...amount, headers: { ...headers, ...tag } });
    await load({ amount: warmUpRequests });
    const before = await cpuOf(server);
    const result = await load({ duration: seconds });
    const used = (await cpuOf(server)) - before;
    const { server: name, kind } = options.variant;
    const answered = result[kind === '304' ? '3xx' : '2xx'];
    const others = result['1xx'] + result['2xx'] + result['3xx'] + result['4xx'] + result['5xx'] - answered;
    if (others + result.errors > 0 || answered === 0)
      throw new Error(`${name} ${kind}: ${others} other responses, ${result.errors} errors`);
    return {
      requestsPerSecond: answered / result.duration,
      cpuMicroseconds: used / answered,
      p99Ms: result.latency.p99,
    };
  } finally {
    server.kill();
  }
}

/** The tag of the response, as a client that has it would send it. The bare server sends none. */
async function tagOf(url: string, headers: Record<string, string>): Promise<string> {
  const response = await fetch(url, { headers });
  await response.arrayBuffer();
  return response.headers.get('etag') ?? bareTag;
}

async function cpuOf(server: ChildProcess): Promise<number> {
  server.send({});
  return ((await nextReport(server)) as { cpuMicroseconds: number }).cpuMicroseconds;
}

async function nextReport(server: ChildProcess): Promise<ServerReport> {
  const done = new AbortController();
  const { signal } = done;
  const ended = async () => {
    const [code, killedBy] = await once(server, 'exit', { signal });
    throw new Error(`a server of the benchmark ended (${killedBy ?? `exit code ${code}`})`);
  };
  try {
    // Both also reject if the process cannot be started.
    const [report] = await Promise.race([once(server, 'message', { signal }), ended()]);
    return report as ServerReport;
  } finally {
    done.abort();
  }
}

async function startRedis({ repo, home }: { repo: string; home: string }) {
  const context: PartContext = {
    ...{ home, repo, dataDir: join(home, 'data'), logDir: join(home, 'logs') },
    started: killAtExit,
    signal: new AbortController().signal,
    outside: () => undefined,
  };
  for (const folder of [context.dataDir, context.logDir]) mkdirSync(folder, { recursive: true });
  const port = await createPortChooser({ remembered: {}, mode: 'free' }).choose('redis', 6379);
  const part = await createRedisServer(context, { port, durable: false });
  await part.start();
  return { url: `redis://127.0.0.1:${port}`, stop: () => part.stop() };
}
