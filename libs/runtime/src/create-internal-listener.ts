import type { RequestListener } from 'node:http';
import type { HealthReport } from './health.ts';
import type { Metrics } from './metrics.ts';

/**
 * Listener of the metrics port, which the ingress never routes to: `/metrics` (Prometheus text),
 * `/health` (dependencies, 200 or 503) and `/openapi.json`.
 */
export function createInternalListener(options: {
  metrics: Metrics;
  health: () => Promise<HealthReport>;
  openApi: () => object;
}): RequestListener {
  const { registry } = options.metrics;
  const routes: Record<string, () => Promise<{ status: number; type: string; body: string }>> = {
    '/metrics': async () => ({ status: 200, type: registry.contentType, body: await registry.metrics() }),
    '/health': async () => {
      const report = await options.health();
      return { ...json(report), status: report.status === 'up' ? 200 : 503 };
    },
    '/openapi.json': async () => json(options.openApi()),
  };
  return (req, res) => {
    const route = routes[(req.url ?? '').split('?')[0] ?? ''];
    if (!route || req.method !== 'GET') {
      res.writeHead(404).end();
      return;
    }
    route().then(
      ({ status, type, body }) =>
        res.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body),
      () => res.writeHead(500).end(),
    );
  };
}

function json(value: object) {
  return { status: 200, type: 'application/json', body: JSON.stringify(value) };
}
