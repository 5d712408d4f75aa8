import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createMetrics } from '@lms/runtime';
import { serviceNames } from '@lms/tools/stack/services';
import { parse } from 'yaml';
import { readComposeFile } from './compose-file.ts';

const repo = join(import.meta.dirname, '../../..');
const read = (file: string) => readFileSync(join(repo, file), 'utf8');
const dashboards = globSync('docker/grafana/dashboards/*.json', { cwd: repo });
const { groups } = parse(read('docker/prometheus/alerts.yaml')) as {
  groups: {
    name: string;
    rules: {
      alert: string;
      expr: string;
      for?: string;
      labels: Record<string, string>;
      annotations: Record<string, string>;
    }[];
  }[];
};
const rules = groups.flatMap((group) => group.rules);

/** Metrics of our code with their labels, and those of Node that prom-client adds. */
async function knownMetrics(): Promise<Map<string, string[]>> {
  const known = new Map<string, string[]>([['up', ['job', 'instance']]]);
  for (const { name } of await createMetrics({ service: 'x' }).registry.getMetricsAsJSON())
    known.set(name, []);
  for (const file of globSync(['libs/*/src/**/*.ts', 'services/*/src/**/*.ts'], { cwd: repo }).filter(
    (path) => !path.endsWith('.test.ts'),
  )) {
    for (const [, body = ''] of read(file).matchAll(
      /new (?:Counter|Gauge|Histogram)\(\{([\s\S]*?)\n?\s*\}\)/g,
    )) {
      const name = /name: '([a-z_]+)'/.exec(body)?.[1];
      const labels = /labelNames: \[([^\]]*)\]/.exec(body)?.[1] ?? '';
      if (name)
        known.set(
          name,
          [...labels.matchAll(/'([a-z_]+)'/g)].map((match) => match[1] as string),
        );
    }
  }
  return known;
}

const keywords = new Set([
  'by',
  'without',
  'on',
  'ignoring',
  'and',
  'or',
  'unless',
  'bool',
  'offset',
  'group_left',
  'group_right',
  'le',
]);

/** Names of metrics and of labels in a PromQL expression. */
function namesIn(expression: string): { metrics: string[]; labels: string[] } {
  const labels: string[] = [];
  const rest = expression
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')
    .replaceAll(/\b(?:by|without)\s*\(([^)]*)\)/g, (_all, list: string) => {
      labels.push(...list.split(',').map((label) => label.trim()));
      return '';
    })
    .replaceAll(/\{([^}]*)\}/g, (_all, list: string) => {
      labels.push(...[...list.matchAll(/([a-z_]+)\s*(?:=~|!~|!=|=)/g)].map((match) => match[1] as string));
      return '{}';
    })
    .replaceAll(/\[[^\]]*\]/g, '');
  const metrics = [...rest.matchAll(/\b([a-z_][a-z0-9_]*)\b(?!\s*\()/g)]
    .map((match) => match[1] as string)
    .filter((name) => !keywords.has(name));
  return { metrics, labels };
}

async function problemsOf(expression: string): Promise<string[]> {
  const known = await knownMetrics();
  const { metrics, labels } = namesIn(expression);
  const common = ['service', 'instance', 'job', 'le'];
  const bases = metrics.map((name) => (known.has(name) ? name : name.replace(/_(bucket|count|sum)$/, '')));
  const allowed = [...common, ...bases.flatMap((name) => known.get(name) ?? [])];
  return [
    ...(metrics.length === 0 ? ['queries no metric'] : []),
    ...bases.filter((name) => !known.has(name)).map((name) => `unknown metric ${name}`),
    ...labels.filter((label) => !allowed.includes(label)).map((label) => `unknown label ${label}`),
  ];
}

describe('dashboards', () => {
  it.each(dashboards)('%s queries only metrics and labels that exist', async (file) => {
    const { panels, uid } = JSON.parse(read(file)) as {
      uid: string;
      panels: { title: string; targets: { expr: string }[] }[];
    };
    expect(uid).toMatch(/^lms-/);
    for (const { title, targets } of panels)
      for (const { expr } of targets) expect([title, await problemsOf(expr)]).toEqual([title, []]);
  });

  it('exist', () => expect(dashboards.length).toBeGreaterThanOrEqual(2));
});

describe('alerts', () => {
  it.each(rules.map((rule) => [rule.alert, rule] as const))(
    '%s uses metrics and labels that exist, and says what to do',
    async (_name, rule) => {
      expect(await problemsOf(rule.expr)).toEqual([]);
      expect(rule.labels.severity).toMatch(/^(page|ticket)$/);
      expect(rule.annotations).toMatchObject({
        summary: expect.any(String),
        description: expect.any(String),
      });
    },
  );

  it('detects a metric that does not exist', async () => {
    expect(await problemsOf('rate(events_handeled_total[5m])')).toEqual([
      'unknown metric events_handeled_total',
    ]);
    expect(await problemsOf('sum by (typ) (events_handled_total)')).toEqual(['unknown label typ']);
  });
});

describe('profile observability', () => {
  const { services } = readComposeFile('docker-compose.yml');
  const profiled = Object.entries(services).filter(([, service]) =>
    service.profiles?.includes('observability'),
  );

  it('scrapes every service', () => {
    const {
      scrape_configs: [job],
    } = parse(read('docker/prometheus/prometheus.yaml')) as {
      scrape_configs: { dns_sd_configs: { names: string[]; port: number }[] }[];
    };
    expect(job?.dns_sd_configs[0]).toMatchObject({ names: [...serviceNames], port: 9464 });
  });

  it('sends traces from services through the collector and Tempo to Grafana', () => {
    expect(profiled.map(([name]) => name)).toEqual(['otel-collector', 'tempo', 'prometheus', 'grafana']);
    expect(read('docker/observability.env')).toContain(
      'OTEL_EXPORTER_OTLP_ENDPOINT=http://otel-collector:4318\n',
    );
    const collector = parse(read('docker/otel-collector.yaml')) as {
      receivers: { otlp: { protocols: { http: { endpoint: string } } } };
      exporters: Record<string, { endpoint: string }>;
      processors: object;
      service: { pipelines: { traces: { receivers: string[]; processors: string[]; exporters: string[] } } };
    };
    expect(collector.receivers.otlp.protocols.http.endpoint).toBe('0.0.0.0:4318');
    const { traces } = collector.service.pipelines;
    expect(Object.keys(collector.processors)).toEqual(traces.processors);
    expect(traces.exporters.map((name) => collector.exporters[name]?.endpoint)).toEqual(['tempo:4317']);
    const tempo = parse(read('docker/tempo.yaml')) as {
      distributor: { receivers: { otlp: { protocols: { grpc: { endpoint: string } } } } };
    };
    expect(tempo.distributor.receivers.otlp.protocols.grpc.endpoint).toBe('0.0.0.0:4317');
    const sources = parse(read('docker/grafana/provisioning/datasources/datasources.yaml')) as {
      datasources: { url: string }[];
    };
    expect(sources.datasources.map(({ url }) => url)).toEqual([
      'http://prometheus:9090',
      'http://tempo:3200',
    ]);
  });
});
