import { describe, expect, it } from '@jest/globals';
import { all, find } from '../testing/manifests.ts';
import { allowedIn, allowedInside, allowedOut, podsOf } from '../testing/network.ts';
import { renderChart } from '../testing/render-chart.ts';

const dns = 'kube-system/kube-dns 53,53';
const anywhere = '0.0.0.0/0 ::/0';
const publicly = '0.0.0.0/0 (public) ::/0 (public)';

describe('NetworkPolicies', () => {
  it('deny everything to every pod of the release, in both directions', async () => {
    const manifests = await renderChart({ file: 'full-values.yaml' });
    const { spec } = find(manifests, 'NetworkPolicy', 'school-default-deny');
    expect(spec.policyTypes).toEqual(['Ingress', 'Egress']);
    expect(spec.ingress).toBeUndefined();
    expect(spec.egress).toBeUndefined();
    for (const labels of podsOf(manifests).values())
      expect(labels).toMatchObject(spec.podSelector.matchLabels);
  });

  it("allow between pods only requests for auth's keys, the health queries of status, and the tests", async () => {
    const apis = ['ai-api', 'auth-api', 'content-api', 'media-api'];
    expect(allowedInside(await renderChart({ file: 'full-values.yaml' })).sort()).toEqual(
      [
        ...['ai', 'content', 'media'].map((service) => `${service}-api -> auth-api:3000`),
        ...apis.map((api) => `status-api -> ${api}:9464`),
        ...[...apis, 'status-api'].flatMap((api) => [`test -> ${api}:3000`, `test -> ${api}:9464`]),
      ].sort(),
    );
  });

  it('allow as ingress only the ingress controller to APIs and Prometheus to metrics', async () => {
    const manifests = await renderChart({ file: 'production-values.yaml' });
    for (const service of ['ai', 'auth', 'content', 'media', 'status'])
      expect(allowedIn(manifests, `${service}-api`)).toEqual([
        'traefik/traefik 3000',
        'monitoring/prometheus 9464',
      ]);
    for (const service of ['ai', 'auth', 'content', 'media'])
      expect(allowedIn(manifests, `${service}-worker`)).toEqual(['monitoring/prometheus 9464']);
    expect(allowedIn(manifests, 'backup')).toEqual([]);
    expect(allowedIn(manifests, 'auth-migrate')).toEqual([]);
  });

  it('allow each service as egress only the servers that it uses', async () => {
    const manifests = await renderChart();
    const [postgres, redis, kafka] = [`${anywhere} 5432`, `${anywhere} 6379`, `${anywhere} 9092`];
    const expected: Record<string, string[]> = {
      'auth-api': [dns, postgres, redis, kafka, `${anywhere} 587`],
      'content-api': [dns, postgres, redis, kafka],
      'media-worker': [dns, postgres, redis, kafka, `${publicly} 443`],
      'ai-api': [dns, postgres, redis, kafka, `${publicly} 443`, `${publicly} 443`],
      'status-api': [dns, redis],
      'auth-migrate': [dns, postgres, kafka],
    };
    for (const [pod, peers] of Object.entries(expected)) expect(allowedOut(manifests, pod)).toEqual(peers);
  });

  it('restrict egress to the named peers, at the ports of the configuration', async () => {
    const manifests = await renderChart({ file: 'full-values.yaml' });
    expect(allowedOut(manifests, 'ai-worker')).toEqual([
      dns,
      '10.0.5.0/24 5432',
      '10.0.6.0/24 6380',
      '10.0.7.0/24 9094,9095',
      `${publicly} 443`,
      `${publicly} 8443`,
      'monitoring 4318',
    ]);
    expect(allowedOut(manifests, 'media-api')).toContain('203.0.113.7/32 8443');
    expect(allowedOut(manifests, 'backup')).toEqual([dns, '10.0.5.0/24 5432', `${publicly} 443`]);
  });

  it('exclude the metadata address and private networks from public addresses', async () => {
    const { spec } = find(await renderChart(), 'NetworkPolicy', 'lms-media-api');
    const rule = spec.egress.find(({ ports }: { ports: { port: number }[] }) => ports[0]?.port === 443);
    expect(rule.to[0].ipBlock.except).toEqual([
      '10.0.0.0/8',
      '100.64.0.0/10',
      '127.0.0.0/8',
      '169.254.0.0/16',
      '172.16.0.0/12',
      '192.168.0.0/16',
    ]);
  });

  it('allow no egress to an AI provider that is not used', async () => {
    expect(allowedOut(await renderChart({ file: 'local-values.yaml' }), 'ai-api')).toEqual([
      dns,
      'lms-data 5432',
      'lms-data 6379',
      'lms-data 9092',
      'lms-data 9000',
    ]);
  });

  it('can be disabled, to be managed outside the chart', async () => {
    expect(
      all(await renderChart({ values: { networkPolicy: { enabled: false } } }), 'NetworkPolicy'),
    ).toEqual([]);
  });
});
