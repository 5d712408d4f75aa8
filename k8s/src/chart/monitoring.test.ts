import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { all, find, podTemplateOf, selects } from '../testing/manifests.ts';
import { renderChart } from '../testing/render-chart.ts';
import { repo } from './chart-files.ts';

/** Names of the metrics in a PromQL expression. */
const metricsIn = (expression: string) =>
  [...expression.matchAll(/\b([a-z_]+(?:_[a-z0-9]+)+)(?=\{|\[|\s|\)|$)/g)]
    .map(([, name]) => name ?? '')
    .filter((name) => !/^(histogram_quantile|label_values)$/.test(name));

/** Metrics that the services define (found in their source), those of Node, and those of kube-state-metrics. */
function knownMetrics(): (name: string) => boolean {
  const source = globSync(['libs/*/src/**/*.ts', 'services/*/src/**/*.ts'], {
    cwd: repo,
    exclude: (name) => /generated|\.test\.ts$/.test(name),
  })
    .map((path) => readFileSync(join(repo, path), 'utf8'))
    .join('\n');
  const own = new Set([...source.matchAll(/name: '([a-z0-9_]+)'/g)].map(([, name]) => name));
  return (name) =>
    own.has(name.replace(/_(bucket|count|sum)$/, '')) || /^(nodejs_|process_|kube_)/.test(name);
}

describe('alerts', () => {
  it('use only metrics that exist, and only in this namespace', async () => {
    const isKnown = knownMetrics();
    const { spec } = find(await renderChart({ file: 'full-values.yaml' }), 'PrometheusRule', 'school');
    const rules = spec.groups[0].rules as {
      alert: string;
      expr: string;
      annotations: object;
      labels: object;
    }[];
    expect(rules.map(({ alert }) => alert)).toEqual([
      'LmsErrorRateHigh',
      'LmsLatencyHigh',
      'LmsConsumerLagHigh',
      'LmsOutboxStuck',
      'LmsEventsDeadLettered',
      'LmsJobsGivenUp',
      'LmsPartitionsRunOut',
      'LmsEventLoopBlocked',
      'LmsRequestsShed',
      'LmsRedisUnusable',
      'LmsRevocationsUnsubscribed',
      'LmsPodsNotReady',
      'LmsPodsRestarting',
      'LmsAutoscalerAtLimit',
      'LmsBackupMissing',
    ]);
    for (const { expr, annotations, labels } of rules) {
      const metrics = metricsIn(expr);
      expect(metrics.length).toBeGreaterThan(0);
      expect(metrics.filter((name) => !isKnown(name))).toEqual([]);
      expect(expr).toContain('namespace="lms"');
      expect(annotations).toMatchObject({
        summary: expect.stringMatching(/.{10}/),
        description: expect.stringMatching(/.{10}/),
        runbook_url: 'https://docs.example.com/runbooks/alerts.md',
      });
      expect(labels).toMatchObject({ severity: expect.stringMatching(/^(critical|warning)$/) });
    }
  });

  it('cover backups only if they are enabled', async () => {
    const { spec } = find(
      await renderChart({ values: { monitoring: { rules: { enabled: true, consumerLag: 5000 } } } }),
      'PrometheusRule',
      'lms',
    );
    const rules = spec.groups[0].rules as { alert: string; expr: string }[];
    expect(rules.map(({ alert }) => alert)).not.toContain('LmsBackupMissing');
    expect(rules.find(({ alert }) => alert === 'LmsConsumerLagHigh')?.expr).toMatch(/> 5000$/);
  });
});

describe('dashboards', () => {
  it('are ConfigMaps that the sidecar finds, and query only metrics that exist', async () => {
    const isKnown = knownMetrics();
    const maps = all(await renderChart({ file: 'staging-values.yaml' }), 'ConfigMap').filter(
      ({ metadata }) => metadata.labels?.grafana_dashboard === '1',
    );
    expect(maps.length).toBeGreaterThan(1);
    for (const { data } of maps) {
      const [name, text] = Object.entries(data ?? {})[0] ?? [];
      expect(name).toMatch(/^lms-[a-z]+\.json$/);
      const model = JSON.parse(text ?? '') as { uid: string; panels: { targets?: { expr: string }[] }[] };
      expect(model.uid).toMatch(/^lms-/);
      const unknown = model.panels
        .flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => metricsIn(expr)))
        .filter((metric) => !isKnown(metric));
      expect(unknown).toEqual([]);
    }
  });
});

describe('monitors', () => {
  it('find the metrics port of every pod of a service', async () => {
    const manifests = await renderChart({ file: 'production-values.yaml' });
    const monitors = all(manifests, 'PodMonitor');
    expect(monitors).toHaveLength(5);
    for (const deployment of all(manifests, 'Deployment')) {
      const pod = podTemplateOf(deployment);
      const scraping = monitors.filter(({ spec }) => selects(spec.selector.matchLabels, pod?.labels ?? {}));
      expect(scraping).toHaveLength(1);
      expect(scraping[0]?.spec.podMetricsEndpoints[0]).toMatchObject({ port: 'metrics', path: '/metrics' });
      expect(scraping[0]?.metadata.labels).toMatchObject({ release: 'prometheus' });
    }
  });

  it('can be ServiceMonitors, with a Service that also selects workers', async () => {
    const manifests = await renderChart({ file: 'full-values.yaml' });
    const monitor = find(manifests, 'ServiceMonitor', 'school-auth');
    const services = all(manifests, 'Service').filter(({ metadata }) =>
      selects(monitor.spec.selector.matchLabels, metadata.labels ?? {}),
    );
    expect(services.map(({ metadata }) => metadata.name)).toEqual(['school-auth-metrics']);
    const worker = podTemplateOf(find(manifests, 'Deployment', 'school-auth-worker'));
    expect(selects(services[0]?.spec.selector, worker?.labels ?? {})).toBe(true);
    expect(all(manifests, 'PodMonitor')).toEqual([]);
  });

  it('are absent by default', async () => {
    const kinds = (await renderChart()).map(({ kind }) => kind);
    for (const kind of ['PodMonitor', 'ServiceMonitor', 'PrometheusRule']) expect(kinds).not.toContain(kind);
  });
});
