import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
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

    const telemetry = startTelemetry({
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

  it('costs nothing without a collector', async () => {
    const telemetry = startTelemetry({
      service: 'sample',
      version: '1',
      endpoint: undefined,
      sampleRatio: 1,
    });
    await expect(telemetry.shutdown(10)).resolves.toBeUndefined();
  });
});
