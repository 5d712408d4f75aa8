import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { context, trace } from '@opentelemetry/api';
import { startTelemetry } from './telemetry.ts';

interface Export {
  resourceSpans: {
    resource: { attributes: { key: string; value: { stringValue?: string } }[] };
    scopeSpans: { spans: { name: string; traceId: string; spanId: string; parentSpanId?: string }[] }[];
  }[];
}

describe('telemetry', () => {
  it('exports spans over OTLP, with calls to other servers as children that carry the trace on', async () => {
    const exported: Export[] = [];
    const carried: (string | undefined)[] = [];
    const collector = createServer((req, res) => {
      let body = '';
      req.on('data', (chunk) => (body += chunk));
      req.on('end', () => {
        if (req.url === '/v1/traces') exported.push(JSON.parse(body) as Export);
        else carried.push(req.headers.traceparent as string | undefined);
        res.end('{}');
      });
    });
    await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;

    const telemetry = await startTelemetry({
      service: 'sample',
      version: '1.0.0',
      endpoint: `${url}/`,
      sampleRatio: 1,
    });
    const span = trace.getTracer('test').startSpan('parent');
    await context.with(trace.setSpan(context.active(), span), () => fetch(`${url}/other`));
    span.end();
    await telemetry.shutdown(3_000);
    collector.closeAllConnections();
    collector.close();

    const spans = exported.flatMap(({ resourceSpans }) =>
      resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)),
    );
    const parent = spans.find(({ name }) => name === 'parent');
    const child = spans.find(({ parentSpanId }) => parentSpanId === parent?.spanId);
    expect(child?.traceId).toBe(parent?.traceId);
    expect(carried).toEqual([`00-${parent?.traceId}-${child?.spanId}-01`]);
    const attributes = exported[0]?.resourceSpans[0]?.resource.attributes ?? [];
    expect(attributes).toContainEqual({ key: 'service.name', value: { stringValue: 'lms-sample' } });
  });

  it('does nothing without a collector', async () => {
    const telemetry = await startTelemetry({
      service: 'sample',
      version: '1',
      endpoint: undefined,
      sampleRatio: 1,
    });
    await expect(telemetry.shutdown(10)).resolves.toBeUndefined();
  });

  it('loads the SDK only when there is a collector', async () => {
    expect(await loadedWith(undefined)).toEqual([]);
    const loaded = await loadedWith('http://127.0.0.1:9');
    expect(loaded).toContainEqual(expect.stringContaining('@opentelemetry/sdk-node/'));
  });

  it('sends no metrics and no logs, and nothing about the machine', async () => {
    const received: { url: string | undefined; body: string }[] = [];
    const collector = createServer(async (req, res) => {
      received.push({ url: req.url, body: Buffer.concat(await req.toArray()).toString() });
      res.end('{}');
    });
    await new Promise<void>((resolve) => collector.listen(0, '127.0.0.1', resolve));
    const endpoint = `http://127.0.0.1:${(collector.address() as AddressInfo).port}`;
    await runTelemetry(
      endpoint,
      `(await import('@opentelemetry/api')).trace.getTracer('test').startSpan('one').end();`,
    );
    collector.closeAllConnections();
    collector.close();
    expect(received.map(({ url }) => url)).toEqual(['/v1/traces']);
    const { resourceSpans } = JSON.parse(received[0]?.body ?? '{}') as Export;
    const names = resourceSpans[0]?.resource.attributes.map(({ key }) => key).sort();
    expect(names).toEqual(['service.name', 'service.version']);
  });
});

/** Files of the OpenTelemetry SDK that a process loads when it starts its telemetry. */
async function loadedWith(endpoint: string | undefined): Promise<string[]> {
  const output = await runTelemetry(endpoint, 'console.log(JSON.stringify(loaded));');
  return (JSON.parse(output) as string[]).filter((url) => /@opentelemetry\/(?!api\/)/.test(url));
}

/** Starts telemetry in a process of its own, runs `code` there, and stops it. Resolves with what it printed. */
async function runTelemetry(endpoint: string | undefined, code: string): Promise<string> {
  const options = JSON.stringify({ service: 'sample', version: '1', endpoint, sampleRatio: 1 });
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ load: (url, context, next) => (loaded.push(url), next(url, context)) });
    const { startTelemetry } = await import(${JSON.stringify(join(import.meta.dirname, 'telemetry.ts'))});
    const telemetry = await startTelemetry(${options});
    ${code}
    await telemetry.shutdown(3_000);`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: import.meta.dirname,
    timeout: 60_000,
  });
  return stdout;
}
