import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export { Counter, Gauge, Histogram, Registry };

/** The process's metrics: one registry, scraped on the metrics port. */
export interface Metrics {
  registry: Registry;
}

/**
 * Creates the registry with the label `service` on every series and Node's own metrics (event loop lag,
 * heap, garbage collection). Each call creates a separate registry, so tests do not share counters.
 */
export function createMetrics(options: { service: string; nodeMetrics?: boolean }): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ service: options.service });
  if (options.nodeMetrics ?? true) collectDefaultMetrics({ register: registry });
  return { registry };
}
