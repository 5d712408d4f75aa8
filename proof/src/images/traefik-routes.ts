import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type IngressRoute, readRoutes } from '@lms/tools/stack/ingress';
import { stringify } from 'yaml';

const repo = join(import.meta.dirname, '../../..');
export const traefikRoutesFile = join(repo, 'docker/traefik/routes.yaml');

const head = `# Generated from charts/lms/routes.yaml, the only list of routes: node proof/src/images/traefik-routes.ts
# Traefik's file provider reads it (docker-compose.yml). Traefik tries the longest rule first, so the longest prefix
# wins, as in the chart.
`;

/** Traefik's dynamic configuration for Docker Compose: the route table, the CDN, and the bucket for signed URLs. */
export function traefikRoutes(routes: IngressRoute[], bucket = 'lms-files'): string {
  const routers = Object.fromEntries(
    routes.map(({ path, service }) => [nameOf(path), { rule: prefixRule(path), service }]),
  );
  const services = [...new Set(routes.map(({ service }) => service))];
  return (
    head +
    stringify(
      {
        http: {
          routers: {
            ...routers,
            cdn: { rule: 'PathPrefix(`/cdn/`) && (Method(`GET`) || Method(`HEAD`))', service: 'cdn' },
            // The store itself refuses requests without a signature.
            'signed-urls': {
              rule: `PathPrefix(\`/${bucket}/\`) && (Method(\`GET\`) || Method(\`HEAD\`) || Method(\`PUT\`) || Method(\`OPTIONS\`))`,
              service: 's3',
            },
            // For paths without a route the status service returns the same problem body as all services.
            'no-route': {
              rule: 'PathPrefix(`/`)',
              priority: 1,
              service: 'status',
              middlewares: ['no-route'],
            },
          },
          middlewares: { 'no-route': { replacePath: { path: '/api/v1/no-such-route' } } },
          services: {
            ...Object.fromEntries(services.map((service) => [service, backend(service, 3000)])),
            cdn: backend('cdn', 3000),
            s3: backend('s3', 9000),
          },
        },
      },
      { lineWidth: 0, aliasDuplicateObjects: false },
    )
  );
}

/** Whole path segments only: /api/v1/auth must not take /api/v1/authors. */
function prefixRule(path: string): string {
  return `Path(\`${path}\`) || PathPrefix(\`${path}/\`)`;
}

function nameOf(path: string): string {
  return path
    .replace(/^\/api\/v1\//, '')
    .replace(/[^a-z0-9]+/gi, '-')
    .replace(/^-|-$/g, '');
}

/** No buffering and no total time limit, because responses may be streams. */
function backend(host: string, port: number) {
  return { loadBalancer: { servers: [{ url: `http://${host}:${port}` }], passHostHeader: true } };
}

if (import.meta.main) {
  writeFileSync(traefikRoutesFile, traefikRoutes(readRoutes(repo)));
  console.log(`written: ${traefikRoutesFile}`);
}
