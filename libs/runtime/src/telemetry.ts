export interface Telemetry {
  /** Sends buffered spans and stops; takes at most `timeoutMs`. Never throws. */
  shutdown(timeoutMs: number): Promise<void>;
}

export interface TelemetryOptions {
  service: string;
  version: string;
  /** Collector, OTLP over HTTP; `/v1/traces` is added. */
  endpoint: string;
  /** Share of new traces that are kept, 0 to 1. */
  sampleRatio: number;
}

/**
 * Starts OpenTelemetry traces if a collector is named (`endpoint`). The SDK is loaded then and only then: a process
 * without a collector neither reads nor compiles it.
 * Spans are created by this code base itself (server spans in `@lms/http`, producer and consumer spans in
 * `@lms/events`) and by instrumentations that listen to `diagnostics_channel`, so no module loader hook is
 * needed: see docs/adr/0005-esm-and-telemetry.md.
 */
export async function startTelemetry(
  options: Omit<TelemetryOptions, 'endpoint'> & { endpoint: string | undefined },
): Promise<Telemetry> {
  const { endpoint } = options;
  if (!endpoint) return { shutdown: async () => {} };
  const { startNodeSdk } = await import('./start-node-sdk.ts');
  return startNodeSdk({ ...options, endpoint });
}
