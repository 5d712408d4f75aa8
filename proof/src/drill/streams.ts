import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Failure } from './load.ts';

export interface StreamsReport {
  /** Streams opened, including those that replaced an ended one. */
  opened: number;
  /** Streams that their server ended cleanly, with the event `reconnect`. */
  handedOver: number;
  /** Streams that were refused, were cut off, or fell silent. */
  failures: Failure[];
}

const path = '/api/v1/health/events';
/** Services send a heartbeat every 15 s. */
const silenceMs = 30_000;

/**
 * Keeps `count` event streams open through the ingress, like apps. A stream that its server ends cleanly is
 * reopened at once; any other end is a failure.
 */
export function startStreams(options: { host: string; port: number; hostHeader: string; count: number }) {
  const report: StreamsReport = { opened: 0, handedOver: 0, failures: [] };
  const stop = new AbortController();

  const keepOpen = async (number: number) => {
    while (!stop.signal.aborted) {
      try {
        await listen({ ...options, from: `198.18.255.${number}` }, report, stop.signal);
        report.handedOver += 1;
      } catch (error) {
        if (stop.signal.aborted) return;
        report.failures.push({
          at: new Date().toISOString(),
          call: `GET ${path}`,
          problem: (error as Error).message,
        });
        await sleep(500);
      }
    }
  };
  const streams = Array.from({ length: options.count }, (_, index) => keepOpen(index + 1));
  return {
    report,
    async stop(): Promise<void> {
      stop.abort();
      await Promise.all(streams);
    },
  };
}

/** Resolves when the stream ends with `reconnect`; rejects when it ends in any other way. */
function listen(
  target: { host: string; port: number; hostHeader: string; from: string },
  report: StreamsReport,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const opening = request({
      host: target.host,
      port: target.port,
      path,
      signal,
      timeout: silenceMs,
      headers: { host: target.hostHeader, accept: 'text/event-stream', 'x-forwarded-for': target.from },
    });
    opening.on('timeout', () => opening.destroy(new Error(`silent for ${silenceMs} ms`)));
    opening.on('error', reject);
    opening.on('response', (stream) => {
      if (stream.statusCode !== 200) {
        stream.resume();
        return reject(new Error(`answered ${stream.statusCode}`));
      }
      report.opened += 1;
      let received = '';
      stream.setEncoding('utf8');
      stream.on('data', (chunk: string) => {
        received = (received + chunk).slice(-4_096);
      });
      stream.on('error', reject);
      stream.on('end', () => {
        if (received.includes('event: reconnect\n')) resolve();
        else reject(new Error(`ended without the event reconnect: …${received.slice(-60)}`));
      });
    });
    opening.end();
  });
}
