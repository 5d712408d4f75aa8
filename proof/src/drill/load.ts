import { randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** A request with an unexpected response. */
export interface Failure {
  at: string;
  call: string;
  problem: string;
}

export interface LoadReport {
  requests: number;
  failures: Failure[];
  /** Users whose registration returned 201. */
  registered: string[];
  /** Slowest response, in ms. */
  slowestMs: number;
}

interface Answer {
  status: number;
  body: Record<string, unknown>;
}

const timeoutMs = 30_000;

/**
 * Steady load through the ingress, like that of apps: `clients` loops with kept connections send one request
 * after another, with `pauseMs` between them. Requests are not retried; every unexpected response is a failure.
 */
export function startLoad(options: {
  host: string;
  port: number;
  hostHeader: string;
  clients: number;
  pauseMs: number;
}) {
  let networks = 0;
  const agent = new Agent({ keepAlive: true, maxSockets: options.clients });
  const report: LoadReport = { requests: 0, failures: [], registered: [], slowestMs: 0 };
  let stopped = false;

  const call = async (
    from: string,
    method: string,
    path: string,
    expected: number,
    more: { token?: string; body?: object } = {},
  ) => {
    const started = performance.now();
    report.requests += 1;
    try {
      const answer = await send(options, agent, { from, method, path, ...more });
      report.slowestMs = Math.max(report.slowestMs, Math.round(performance.now() - started));
      if (answer.status === expected) return answer.body;
      throw new Error(`${answer.status} ${JSON.stringify(answer.body).slice(0, 200)}`);
    } catch (error) {
      const { message, code } = error as Error & { code?: string };
      const problem = `${[code, message].filter(Boolean).join(' ')} after ${Math.round(performance.now() - started)} ms`;
      report.failures.push({ at: new Date().toISOString(), call: `${method} ${path}`, problem });
      return null;
    }
  };

  const loop = async () => {
    let from = '';
    let token = '';
    let refreshToken = '';
    for (let round = 0; !stopped; round += 1) {
      if (round % 40 === 0 || !token) {
        // Every user comes from a separate network, because registrations are limited per network.
        networks += 1;
        from = `198.18.${networks % 250}.1`;
        const email = `drill-${randomBytes(8).toString('hex')}@example.com`;
        const body = {
          email,
          password: `a long ${email}`,
          displayName: 'Drill',
          locale: 'vi',
          timeZone: 'Asia/Ho_Chi_Minh',
        };
        const answer = await call(from, 'POST', '/auth/register', 201, { body });
        if (answer) {
          token = answer.accessToken as string;
          refreshToken = answer.refreshToken as string;
          report.registered.push((answer.user as { id: string }).id);
        }
      } else if (round % 40 === 20) {
        const answer = await call(from, 'POST', '/auth/refresh', 200, { body: { refreshToken } });
        if (answer) {
          token = answer.accessToken as string;
          refreshToken = answer.refreshToken as string;
        }
      } else {
        const paths = [
          '/users/me',
          '/courses',
          '/ai/usage',
          '/progress',
          '/docs/openapi.json',
          '/users/me',
          '/courses',
        ];
        await call(from, 'GET', paths[round % paths.length] as string, 200, { token });
      }
      await sleep(options.pauseMs);
    }
  };

  const loops = Array.from({ length: options.clients }, loop);
  return {
    report,
    async stop(): Promise<LoadReport> {
      stopped = true;
      await Promise.all(loops);
      agent.destroy();
      return report;
    },
  };
}

function send(
  target: { host: string; port: number; hostHeader: string },
  agent: Agent,
  {
    from,
    method,
    path,
    token,
    body,
  }: { from: string; method: string; path: string; token?: string; body?: object },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const text = body ? JSON.stringify(body) : undefined;
    const sending = request({
      agent,
      host: target.host,
      port: target.port,
      method,
      path: `/api/v1${path}`,
      timeout: timeoutMs,
      headers: {
        host: target.hostHeader,
        'x-forwarded-for': from,
        ...(text ? { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) } : {}),
        ...(token ? { authorization: `Bearer ${token}` } : {}),
      },
    });
    sending.on('timeout', () => sending.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    sending.on('error', reject);
    sending.on('response', (answer) => {
      let received = '';
      answer.setEncoding('utf8');
      answer.on('data', (chunk: string) => {
        received += chunk;
      });
      answer.on('error', reject);
      answer.on('end', () => {
        try {
          resolve({ status: answer.statusCode ?? 0, body: received ? JSON.parse(received) : {} });
        } catch {
          resolve({ status: answer.statusCode ?? 0, body: { text: received.slice(0, 200) } });
        }
      });
    });
    sending.end(text);
  });
}
