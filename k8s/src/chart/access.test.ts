import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { all, find } from '../testing/manifests.ts';
import { renderChart } from '../testing/render-chart.ts';
import { chartDir } from './chart-files.ts';

const { routes } = parse(readFileSync(join(chartDir, 'routes.yaml'), 'utf8')) as {
  routes: { path: string; service: string }[];
};

describe('the Ingress', () => {
  it('routes exactly the paths of the route table', async () => {
    const { spec } = find(await renderChart(), 'Ingress', 'lms');
    expect(spec.rules).toHaveLength(1);
    expect(spec.rules[0].host).toBe('api.example.com');
    expect(spec.rules[0].http.paths).toEqual(
      routes.map(({ path, service }) => ({
        path,
        pathType: 'Prefix',
        backend: { service: { name: `lms-${service}`, port: { name: 'http' } } },
      })),
    );
  });

  it('uses a TLS certificate from cert-manager', async () => {
    const { metadata, spec } = find(await renderChart({ file: 'production-values.yaml' }), 'Ingress', 'lms');
    expect(spec.tls).toEqual([{ hosts: ['api.example.com'], secretName: 'lms-tls' }]);
    expect(metadata.annotations).toEqual({
      'cert-manager.io/cluster-issuer': 'letsencrypt',
      'traefik.ingress.kubernetes.io/router.entrypoints': 'websecure',
      'traefik.ingress.kubernetes.io/router.tls': 'true',
      'traefik.ingress.kubernetes.io/router.middlewares': 'lms-lms-hsts@kubernetescrd',
    });
    const own = { ingress: { tls: { issuerKind: 'Issuer', secretName: 'my-tls' } } };
    const other = find(await renderChart({ file: 'production-values.yaml', values: own }), 'Ingress', 'lms');
    expect(other.metadata.annotations).toMatchObject({ 'cert-manager.io/issuer': 'letsencrypt' });
    expect(other.spec.tls[0].secretName).toBe('my-tls');
  });

  it('works without TLS on a local machine', async () => {
    const { metadata, spec } = find(await renderChart({ file: 'local-values.yaml' }), 'Ingress', 'lms');
    expect(spec.tls).toBeUndefined();
    expect(metadata.annotations).toEqual({ 'traefik.ingress.kubernetes.io/router.entrypoints': 'web' });
  });

  it('does not buffer streams, and keeps a silent stream open for an hour', async () => {
    const annotations = async (file: string, name: string) =>
      find(await renderChart({ file }), 'Ingress', name).metadata.annotations;
    expect(await annotations('full-values.yaml', 'school')).toMatchObject({
      'nginx.ingress.kubernetes.io/proxy-buffering': 'off',
      'nginx.ingress.kubernetes.io/proxy-read-timeout': '3600',
      'nginx.ingress.kubernetes.io/proxy-send-timeout': '3600',
      'nginx.ingress.kubernetes.io/proxy-body-size': '2m',
    });
    expect(await annotations('keda-values.yaml', 'lms')).toMatchObject({
      'haproxy.org/timeout-server': '3600s',
      'haproxy-ingress.github.io/timeout-server': '3600s',
    });
    expect(await annotations('external-secrets-values.yaml', 'lms')).toBeUndefined();
  });

  it("uses the configured class, or the cluster's default", async () => {
    const full = await renderChart({ file: 'full-values.yaml' });
    expect(find(full, 'Ingress', 'school').spec.ingressClassName).toBe('nginx');
    expect(find(await renderChart(), 'Ingress', 'lms').spec.ingressClassName).toBeUndefined();
  });
});

describe('HSTS', () => {
  const header = 'max-age=63072000';

  it('is sent by Traefik, which redirects plain HTTP to HTTPS', async () => {
    const manifests = await renderChart({ file: 'production-values.yaml' });
    expect(find(manifests, 'Middleware', 'lms-hsts').spec).toEqual({
      headers: { customResponseHeaders: { 'Strict-Transport-Security': header } },
    });
    expect(find(manifests, 'Middleware', 'lms-https').spec).toEqual({
      redirectScheme: { scheme: 'https', permanent: true },
    });
    const plain = find(manifests, 'Ingress', 'lms-https');
    expect(plain.metadata.annotations).toEqual({
      'traefik.ingress.kubernetes.io/router.entrypoints': 'web',
      'traefik.ingress.kubernetes.io/router.middlewares': 'lms-lms-https@kubernetescrd',
    });
    expect(plain.spec.rules[0].host).toBe('api.example.com');
  });

  it('is configured for HAProxy by annotations and for a Gateway by a filter', async () => {
    const haproxy = find(await renderChart({ file: 'keda-values.yaml' }), 'Ingress', 'lms').metadata
      .annotations;
    expect(haproxy).toMatchObject({
      'haproxy.org/response-set-header': `Strict-Transport-Security "${header}"`,
      'haproxy-ingress.github.io/hsts-max-age': '63072000',
    });
    const values = { ingress: { hsts: { includeSubdomains: true } } };
    const route = find(await renderChart({ file: 'gateway-values.yaml', values }), 'HTTPRoute', 'lms-ai');
    expect(route.spec.rules[0].filters[0].responseHeaderModifier.set).toEqual([
      { name: 'Strict-Transport-Security', value: `${header}; includeSubDomains` },
    ]);
  });

  it('is not sent without TLS, or when it is disabled', async () => {
    for (const options of [
      { file: 'local-values.yaml' },
      { file: 'production-values.yaml', values: { ingress: { hsts: { enabled: false } } } },
      { file: 'full-values.yaml' },
    ])
      expect(all(await renderChart(options), 'Middleware')).toEqual([]);
  });
});

describe('HTTPRoutes', () => {
  it('replace the Ingress, one for each service, with the same routes', async () => {
    const manifests = await renderChart({ file: 'gateway-values.yaml' });
    expect(all(manifests, 'Ingress')).toEqual([]);
    const found = all(manifests, 'HTTPRoute').flatMap(({ spec }) =>
      spec.rules[0].matches.map(({ path }: { path: { type: string; value: string } }) => ({
        path: path.value,
        service: spec.rules[0].backendRefs[0].name.replace('lms-', ''),
      })),
    );
    const byPath = (a: { path: string }, b: { path: string }) => (a.path < b.path ? -1 : 1);
    expect(found.sort(byPath)).toEqual([...routes].sort(byPath));
  });

  it('set a timeout for requests, but none for streams', async () => {
    const manifests = await renderChart({ file: 'gateway-values.yaml' });
    const timeout = (name: string) => find(manifests, 'HTTPRoute', name).spec.rules[0].timeouts.request;
    expect(timeout('lms-auth')).toBe('60s');
    expect(timeout('lms-ai')).toBe('60s');
    expect(timeout('lms-status')).toBe('0s');
    expect(find(manifests, 'HTTPRoute', 'lms-auth').spec).toMatchObject({
      hostnames: ['api.example.com'],
      parentRefs: [{ name: 'public', namespace: 'gateways', sectionName: 'https' }],
    });
  });
});
