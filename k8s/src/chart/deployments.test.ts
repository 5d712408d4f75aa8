import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { all, envOf, find, type Manifest, type PodSpec } from '../testing/manifests.ts';
import { type RenderOptions, renderChart } from '../testing/render-chart.ts';
import { chartDir } from './chart-files.ts';
import { readServiceVariables } from './service-variables.ts';

const podOf = (manifest: Manifest): PodSpec => manifest.spec.template.spec;
const containerOf = (manifest: Manifest) => podOf(manifest).containers[0];
const deployment = async (name: string, options?: RenderOptions) =>
  find(await renderChart(options), 'Deployment', name);

describe('Deployments', () => {
  it('exist for the API and the worker of each service, except for a worker of status', async () => {
    expect(all(await renderChart(), 'Deployment').map(({ metadata }) => metadata.name)).toEqual([
      'lms-ai-api',
      'lms-ai-worker',
      'lms-auth-api',
      'lms-auth-worker',
      'lms-content-api',
      'lms-content-worker',
      'lms-media-api',
      'lms-media-worker',
      'lms-status-api',
    ]);
  });

  it('differ only in name, image, mode, variables, resources and times', async () => {
    const shapes = all(await renderChart(), 'Deployment').map((manifest) => {
      const shape = structuredClone(manifest);
      delete shape.spec.replicas;
      const pod = podOf(shape) as unknown as Record<string, unknown>;
      const container = containerOf(shape) as unknown as Record<string, unknown>;
      for (const key of ['name', 'image', 'args', 'env', 'envFrom', 'resources', 'lifecycle'])
        delete container[key];
      for (const key of ['serviceAccountName', 'terminationGracePeriodSeconds']) delete pod[key];
      return JSON.stringify(shape).replaceAll(
        /"(app\.kubernetes\.io\/(name|component)|checksum\/config|name)":"[^"]*"/g,
        '',
      );
    });
    expect(new Set(shapes).size).toBe(1);
  });

  it('start the image in the mode of their component', async () => {
    const manifests = await renderChart();
    expect(containerOf(find(manifests, 'Deployment', 'lms-auth-api'))).toMatchObject({
      image: 'ghcr.io/acme/lms-auth:0.1.0',
      imagePullPolicy: 'IfNotPresent',
      args: ['api'],
    });
    expect(containerOf(find(manifests, 'Deployment', 'lms-auth-worker'))?.args).toEqual(['worker']);
  });

  it("build the image's name from registry, owner, prefix and tag, unless the service sets its own", async () => {
    const manifests = await renderChart({ file: 'full-values.yaml' });
    const image = (name: string) => containerOf(find(manifests, 'Deployment', `school-${name}`))?.image;
    expect(image('auth-api')).toBe('registry.example.com:5000/acme/learn-auth:1.2.3');
    expect(image('media-api')).toBe('registry.example.com:5000/acme/learn-media:1.2.4');
    expect(image('content-worker')).toMatch(/^registry\.example\.com\/content@sha256:0123/);
    expect(podOf(find(manifests, 'Deployment', 'school-auth-api')).imagePullSecrets).toEqual([
      { name: 'registry' },
    ]);
  });

  it('use /livez for startup and liveness, and /readyz for readiness', async () => {
    const container = containerOf(await deployment('lms-content-worker'));
    expect(container?.startupProbe?.httpGet).toEqual({ path: '/livez', port: 'http' });
    expect(container?.livenessProbe?.httpGet).toEqual({ path: '/livez', port: 'http' });
    expect(container?.readinessProbe?.httpGet).toEqual({ path: '/readyz', port: 'http' });
    expect(container?.ports).toEqual([
      { name: 'http', containerPort: 3000, protocol: 'TCP' },
      { name: 'metrics', containerPort: 9464, protocol: 'TCP' },
    ]);
  });

  it('never have fewer pods than requested during a rollout', async () => {
    const { spec } = await deployment('lms-auth-api');
    expect(spec.strategy.rollingUpdate).toEqual({ maxSurge: 1, maxUnavailable: 0 });
    expect(spec.minReadySeconds).toBeGreaterThan(0);
  });

  it('spread the pods of each revision over zones and hosts', async () => {
    const pod = podOf(await deployment('lms-auth-api'));
    expect(pod.topologySpreadConstraints?.map(({ topologyKey }) => topologyKey)).toEqual([
      'topology.kubernetes.io/zone',
      'kubernetes.io/hostname',
    ]);
    for (const constraint of pod.topologySpreadConstraints ?? []) {
      expect(constraint).toMatchObject({ maxSkew: 1, matchLabelKeys: ['pod-template-hash'] });
      expect(constraint.labelSelector?.matchLabels).toEqual({
        'app.kubernetes.io/name': 'auth',
        'app.kubernetes.io/instance': 'lms',
        'app.kubernetes.io/component': 'api',
      });
    }
  });

  it('pass the configured scheduling to the pods', async () => {
    const full = await deployment('school-auth-api', { file: 'full-values.yaml' });
    expect(podOf(full)).toMatchObject({
      nodeSelector: { 'kubernetes.io/arch': 'amd64' },
      tolerations: [{ key: 'dedicated', operator: 'Equal', value: 'lms', effect: 'NoSchedule' }],
      affinity: { nodeAffinity: expect.any(Object) },
      priorityClassName: 'high',
    });
    expect(full.spec.template.metadata.labels.team).toBe('learning');
    expect(full.spec.template.metadata.annotations['example.com/team']).toBe('learning');
  });
});

describe('shutdown', () => {
  it.each(['minimal-values.yaml', 'full-values.yaml', 'production-values.yaml'])(
    'fits into the grace period of every pod with %s',
    async (file) => {
      for (const manifest of all(await renderChart({ file }), 'Deployment')) {
        const preStop = containerOf(manifest)?.lifecycle?.preStop;
        const waitSeconds =
          preStop?.sleep?.seconds ??
          Number(/(\d+)\)$/.exec(preStop?.exec?.command?.[2] ?? '')?.[1] ?? 0) / 1000;
        const drainMs = Number(envOf(podOf(manifest)).get('SHUTDOWN_TIMEOUT_MS')?.value);
        expect(drainMs).toBeGreaterThanOrEqual(10_000);
        if (manifest.metadata.name.endsWith('-api')) expect(waitSeconds).toBe(10);
        // In addition to draining, the process closes consumers (10 s each), telemetry (3 s) and pools (5 s).
        expect(podOf(manifest).terminationGracePeriodSeconds).toBeGreaterThanOrEqual(
          waitSeconds + drainMs / 1000 + 40,
        );
      }
    },
  );

  it('waits with the native sleep action, or with node if configured, and never in a worker', async () => {
    const manifests = await renderChart({ file: 'full-values.yaml' });
    const preStop = (name: string) => containerOf(find(manifests, 'Deployment', name))?.lifecycle?.preStop;
    expect(preStop('school-auth-api')).toEqual({ sleep: { seconds: 10 } });
    expect(preStop('school-ai-api')).toEqual({
      exec: { command: ['node', '-e', 'setTimeout(() => {}, 10000)'] },
    });
    expect(preStop('school-auth-worker')).toBeUndefined();
  });
});

describe('variables', () => {
  it('are exactly those that the service reads', async () => {
    const { services } = await readServiceVariables();
    const manifests = await renderChart({ file: 'full-values.yaml' });
    for (const [service, { config, secrets }] of Object.entries(services)) {
      const readable = Object.keys(find(manifests, 'ConfigMap', `school-${service}`).data ?? {});
      const computed = ['NODE_ENV', 'PORT', 'METRICS_PORT', 'AUTH_JWKS_URL', 'STATUS_TARGETS'];
      const known = [...computed, 'NODE_EXTRA_CA_CERTS', ...config.required, ...config.optional];
      expect(readable.filter((name) => !known.includes(name))).toEqual([]);
      expect(readable).toEqual(expect.arrayContaining(config.required));
      const env = envOf(podOf(find(manifests, 'Deployment', `school-${service}-api`)));
      const secret = [...env].filter(([, { secret }]) => secret).map(([name]) => name);
      expect(secret.sort()).toEqual([...secrets.required, ...secrets.optional].sort());
      for (const name of secrets.required) expect(env.get(name)?.optional).toBeUndefined();
      for (const name of secrets.optional) expect(env.get(name)?.optional).toBe(true);
    }
  });

  it("of the component override the service's, which override the common ones", async () => {
    const manifests = await renderChart({ file: 'full-values.yaml' });
    expect(find(manifests, 'ConfigMap', 'school-content').data?.LOG_LEVEL).toBe('warn');
    expect(find(manifests, 'ConfigMap', 'school-media').data?.LOG_LEVEL).toBeUndefined();
    expect(envOf(podOf(find(manifests, 'Deployment', 'school-auth-api'))).get('LOG_LEVEL')?.value).toBe(
      'debug',
    );
  });

  it('are passed as text, even if YAML would parse them as another type', async () => {
    const { data } = find(await renderChart({ file: 'full-values.yaml' }), 'ConfigMap', 'school-media');
    expect(data).toMatchObject({
      NODE_ENV: 'staging',
      PORT: '3000',
      METRICS_PORT: '9464',
      KAFKA_SSL: 'true',
      KAFKA_PARTITIONS: '48',
      OTEL_TRACES_SAMPLE_RATIO: '0.1',
      MEDIA_PERSONAL_BYTES_PER_DAY: '2000000000',
      AUTH_JWKS_URL: 'http://school-auth:3000/api/v1/.well-known/jwks.json',
      NODE_EXTRA_CA_CERTS: '/etc/lms/ca/ca.crt',
    });
  });

  it('give status the addresses of the other services', async () => {
    expect(find(await renderChart(), 'ConfigMap', 'lms-status').data?.STATUS_TARGETS).toBe(
      'ai=http://lms-ai:9464,auth=http://lms-auth:9464,content=http://lms-content:9464,media=http://lms-media:9464',
    );
  });

  it('set a pool size only for services with a database', async () => {
    const manifests = await renderChart();
    const pool = (name: string) =>
      envOf(podOf(find(manifests, 'Deployment', name))).get('DATABASE_POOL_SIZE');
    expect(pool('lms-auth-api')?.value).toBe('4');
    expect(pool('lms-status-api')).toBeUndefined();
  });
});

describe('Secrets', () => {
  const secretsOf = (manifest: Manifest) =>
    new Set([...envOf(podOf(manifest)).values()].flatMap(({ secret }) => secret ?? []));

  it('are read from the existing Secret, or from the one of the service', async () => {
    expect(secretsOf(await deployment('lms-media-api'))).toEqual(new Set(['lms-secrets']));
    const values = { services: { media: { existingSecret: 'only-media' } } };
    expect(secretsOf(await deployment('lms-media-api', { values }))).toEqual(new Set(['only-media']));
    expect(secretsOf(await deployment('lms-ai-api', { values }))).toEqual(new Set(['lms-secrets']));
    expect(all(await renderChart({ values }), 'Secret')).toEqual([]);
  });

  it('are created from values for a trial', async () => {
    const manifests = await renderChart({ file: 'full-values.yaml' });
    expect(find(manifests, 'Secret', 'school-secrets').stringData).toMatchObject({
      SMTP_URL: 'smtps://mailer:change_me@smtp.example.com',
    });
    expect(secretsOf(find(manifests, 'Deployment', 'school-media-api'))).toEqual(new Set(['school-secrets']));
  });

  it('are requested from the External Secrets operator', async () => {
    const manifests = await renderChart({ file: 'external-secrets-values.yaml' });
    expect(find(manifests, 'ExternalSecret', 'lms-secrets').spec).toEqual({
      refreshInterval: '15m',
      secretStoreRef: { kind: 'SecretStore', name: 'aws' },
      target: { name: 'lms-secrets', creationPolicy: 'Owner', deletionPolicy: 'Retain' },
      dataFrom: [{ extract: { key: 'lms/live' } }],
    });
    expect(secretsOf(find(manifests, 'Deployment', 'lms-auth-api'))).toEqual(new Set(['lms-secrets']));
  });
});

describe('checksums', () => {
  const annotations = async (name: string, options?: RenderOptions) =>
    (await deployment(name, options)).spec.template.metadata.annotations as Record<string, string>;

  it("change with that service's configuration only", async () => {
    const values = { config: { MEDIA_MAX_PENDING_UPLOADS: 7 } };
    const sum = async (service: string, options?: RenderOptions) =>
      (await annotations(`lms-${service}-worker`, options))['checksum/config'];
    expect(await sum('media', { values })).not.toBe(await sum('media'));
    expect(await sum('auth', { values })).toBe(await sum('auth'));
  });

  it('change with a Secret that the chart creates', async () => {
    const options = { file: 'full-values.yaml' };
    const changed = { ...options, values: { secrets: { values: { OPENAI_API_KEY: 'another' } } } };
    const sum = async (of: RenderOptions) => (await annotations('school-ai-api', of))['checksum/secret'];
    expect(await sum(options)).toMatch(/^[0-9a-f]{64}$/);
    expect(await sum(changed)).not.toBe(await sum(options));
  });

  it('contain the revision that a pipeline sets for its own Secret', async () => {
    expect((await annotations('lms-ai-api', { file: 'staging-values.yaml' }))['lms/secret-revision']).toBe(
      '2026-11-01',
    );
    expect(await annotations('lms-ai-api')).not.toHaveProperty('checksum/secret');
  });

  it('do not change when only the version of the chart or the application changes', () => {
    const labels = readFileSync(join(chartDir, 'templates/_names.tpl'), 'utf8');
    const podLabels = /define "lms.podLabels" -}}([\s\S]*?){{- end -}}/.exec(labels)?.[1];
    expect(podLabels).toBeDefined();
    expect(podLabels).not.toMatch(/Version/);
  });
});

describe('Services and accounts', () => {
  it('select the API pods of their service', async () => {
    const manifests = await renderChart();
    expect(all(manifests, 'Service').map(({ metadata }) => metadata.name)).toEqual(
      ['ai', 'auth', 'content', 'media', 'status'].map((service) => `lms-${service}`),
    );
    expect(find(manifests, 'Service', 'lms-auth').spec.selector).toMatchObject({
      'app.kubernetes.io/name': 'auth',
      'app.kubernetes.io/component': 'api',
    });
  });

  it('mount no token, in the account or in the pod', async () => {
    const manifests = await renderChart({ file: 'full-values.yaml' });
    const accounts = all(manifests, 'ServiceAccount');
    expect(accounts.length).toBe(9);
    for (const account of accounts) expect(account.automountServiceAccountToken).toBe(false);
    expect(manifests.filter(({ kind }) => /Role/.test(kind))).toEqual([]);
  });

  it('exist for every service of the route table', async () => {
    const { routes } = parse(readFileSync(join(chartDir, 'routes.yaml'), 'utf8')) as {
      routes: { service: string }[];
    };
    const names = all(await renderChart(), 'Service').map(({ metadata }) => metadata.name);
    for (const { service } of routes) expect(names).toContain(`lms-${service}`);
  });
});
