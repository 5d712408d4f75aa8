import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { BatchSpanProcessor, ParentBasedSampler, TraceIdRatioBasedSampler } from '@opentelemetry/sdk-trace';
import type { Telemetry, TelemetryOptions } from './telemetry.ts';

/** Starts OpenTelemetry's SDK for Node. Loaded by `startTelemetry` alone, and only when there is a collector. */
export function startNodeSdk(options: TelemetryOptions): Telemetry {
  const fetchSpans = new UndiciInstrumentation({ requireParentforSpans: true });
  const sdk = new NodeSDK({
    resource: resourceFromAttributes({
      'service.name': `lms-${options.service}`,
      'service.version': options.version,
    }),
    // Detected attributes hold the command line and the host's name.
    autoDetectResources: false,
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
    // Baggage, which the SDK would pass on too, may hold anything that a client sends.
    textMapPropagator: new W3CTraceContextPropagator(),
    instrumentations: [fetchSpans],
    // Unless they are empty lists the SDK pushes metrics and logs to the collector: Prometheus scrapes our
    // metrics, and logs go to stdout.
    metricReaders: [],
    logRecordProcessors: [],
  });
  sdk.start();
  return {
    shutdown: async (timeoutMs) => {
      fetchSpans.disable();
      const limit = new Promise<void>((resolve) => {
        setTimeout(resolve, timeoutMs).unref();
      });
      await Promise.race([sdk.shutdown().catch(() => undefined), limit]);
    },
  };
}
