import { context, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { resourceFromAttributes } from '@opentelemetry/resources';
import {
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace';

export interface Telemetry {
  /** Sends buffered spans and stops; takes at most `timeoutMs`. Never throws. */
  shutdown(timeoutMs: number): Promise<void>;
}

/**
 * Starts OpenTelemetry traces if a collector is named (`endpoint`, OTLP over HTTP; `/v1/traces` is appended).
 * Spans are created by this code base itself (server spans in `@lms/http`, producer and consumer spans in
 * `@lms/events`) and by instrumentations that listen to `diagnostics_channel`, so no module loader hook is
 * needed: see docs/adr/0005-esm-and-telemetry.md.
 */
export function startTelemetry(options: {
  service: string;
  version: string;
  endpoint: string | undefined;
  /** Share of new traces that are sampled, 0 to 1. */
  sampleRatio: number;
}): Telemetry {
  if (!options.endpoint) return { shutdown: async () => {} };
  const provider = new TracerProvider({
    resource: resourceFromAttributes({
      'service.name': `lms-${options.service}`,
      'service.version': options.version,
    }),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(options.sampleRatio) }),
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: new OTLPTraceExporter({
          url: `${options.endpoint.replace(/\/+$/, '')}/v1/traces`,
          timeoutMillis: 5_000,
        }),
        maxQueueSize: 4_096,
        scheduledDelayMillis: 1_000,
        exportTimeoutMillis: 5_000,
      }),
    ],
  });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const unregister = registerInstrumentations({
    tracerProvider: provider,
    instrumentations: [new UndiciInstrumentation({ requireParentforSpans: true })],
  });
  return {
    shutdown: async (timeoutMs) => {
      unregister();
      const limit = new Promise<void>((resolve) => {
        setTimeout(resolve, timeoutMs).unref();
      });
      await Promise.race([provider.shutdown().catch(() => undefined), limit]);
    },
  };
}
