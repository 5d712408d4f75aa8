import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

/**
 * `npm run schemas -w k8s`: regenerates k8s/schemas from the Go modules that publish them (needs Go, and a few
 * hundred MB). Versions are those of proof/cluster. Descriptions are left out, which reduces 5 MB to 400 kB.
 */
const cluster = join(import.meta.dirname, '../../../proof/cluster');
const kubernetes = `k8s.io/kubernetes@${/k8s\.io\/kubernetes (v\S+)/.exec(readFileSync(join(cluster, 'kubernetes/go.mod'), 'utf8'))?.[1]}`;
const skaffold = 'github.com/GoogleContainerTools/skaffold/v2@v2.16.1';
const skaffoldSchema = 'v4beta13';
const releases = JSON.parse(readFileSync(join(cluster, 'crds.json'), 'utf8')) as {
  module: string;
  folder: string;
}[];

/** Files of the modules in crds.json, for the kinds that we create. */
const crds = [
  'gateway.networking.k8s.io_httproutes.yaml',
  'keda.sh_scaledobjects.yaml',
  'keda.sh_triggerauthentications.yaml',
  'external-secrets.io_externalsecrets.yaml',
  'monitoring.coreos.com_podmonitors.yaml',
  'monitoring.coreos.com_servicemonitors.yaml',
  'monitoring.coreos.com_prometheusrules.yaml',
  'postgresql.cnpg.io_clusters.yaml',
  'traefik.io_middlewares.yaml',
];

/** Kinds that the chart and the environments create; the types that they refer to are included. */
const kinds = [
  'io.k8s.api.apps.v1.Deployment',
  'io.k8s.api.apps.v1.StatefulSet',
  'io.k8s.api.autoscaling.v2.HorizontalPodAutoscaler',
  'io.k8s.api.batch.v1.CronJob',
  'io.k8s.api.batch.v1.Job',
  'io.k8s.api.core.v1.ConfigMap',
  'io.k8s.api.core.v1.LimitRange',
  'io.k8s.api.core.v1.Namespace',
  'io.k8s.api.core.v1.Pod',
  'io.k8s.api.core.v1.ResourceQuota',
  'io.k8s.api.core.v1.Secret',
  'io.k8s.api.core.v1.Service',
  'io.k8s.api.core.v1.ServiceAccount',
  'io.k8s.api.networking.v1.Ingress',
  'io.k8s.api.networking.v1.NetworkPolicy',
  'io.k8s.api.policy.v1.PodDisruptionBudget',
];

const target = join(import.meta.dirname, '../../schemas');
mkdirSync(join(target, 'crds'), { recursive: true });

const folders = new Map<string, string>();
function folderOf(module: string): string {
  const known = folders.get(module);
  if (known) return known;
  const answer = execFileSync('go', ['mod', 'download', '-json', module], {
    encoding: 'utf8',
    timeout: 600_000,
  });
  const folder = (JSON.parse(answer) as { Dir: string }).Dir;
  folders.set(module, folder);
  return folder;
}

const descriptions = ['description', 'x-intellij-html-description', 'examples'];

function withoutDescriptions(value: unknown, underProperties = false): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutDescriptions(item));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      // A property may be called "description".
      .filter(([key]) => underProperties || !descriptions.includes(key))
      .map(([key, child]) => [key, withoutDescriptions(child, key === 'properties' && !underProperties)]),
  );
}

const swagger = JSON.parse(
  readFileSync(join(folderOf(kubernetes), 'api/openapi-spec/swagger.json'), 'utf8'),
) as { definitions: Record<string, unknown> };
const definitions: Record<string, unknown> = {};
const waiting = [...kinds];
for (let name = waiting.pop(); name; name = waiting.pop()) {
  if (definitions[name]) continue;
  const definition = withoutDescriptions(swagger.definitions[name]);
  if (!definition) throw new Error(`${kubernetes} has no ${name}`);
  definitions[name] = definition;
  for (const [, other] of JSON.stringify(definition).matchAll(/#\/definitions\/([\w.-]+)/g))
    waiting.push(other ?? '');
}
const sorted = Object.fromEntries(Object.entries(definitions).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(
  join(target, 'kubernetes.json'),
  `${JSON.stringify({ source: kubernetes, license: 'Apache-2.0', definitions: sorted })}\n`,
);

for (const file of crds) {
  const paths = releases.map(({ module, folder }) => join(folderOf(module), folder, file));
  const path = paths.find((candidate) => existsSync(candidate));
  if (!path) throw new Error(`no module of proof/cluster/crds.json has ${file}`);
  const crd = parse(readFileSync(path, 'utf8')) as { metadata: { name: string } };
  writeFileSync(
    join(target, 'crds', `${crd.metadata.name}.json`),
    `${JSON.stringify(withoutDescriptions(crd))}\n`,
  );
}

const schemaFile = join(folderOf(skaffold), `docs-v2/content/en/schemas/${skaffoldSchema}.json`);
writeFileSync(
  join(target, 'skaffold.json'),
  `${JSON.stringify({
    source: skaffold,
    license: 'Apache-2.0',
    version: `skaffold/${skaffoldSchema}`,
    schema: withoutDescriptions(JSON.parse(readFileSync(schemaFile, 'utf8'))),
  })}\n`,
);
