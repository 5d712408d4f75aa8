import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { chartDir, repo } from '../chart/chart-files.ts';
import { readServiceVariables } from '../chart/service-variables.ts';
import { images } from '../data/images.ts';
import { lintManifests } from '../testing/lint-manifests.ts';
import { all, envOf, find, type Manifest, podTemplateOf } from '../testing/manifests.ts';
import { renderChart } from '../testing/render-chart.ts';
import { schemaProblems } from '../testing/schema-problems.ts';
import type { BackingServers, Environment } from './environment.ts';
import { environments } from './index.ts';
import { objectsOf, snapshotOf } from './snapshot-of.ts';

const { local, staging, production } = environments;
const withServers = [local, staging].map(
  (environment) => [environment.name, environment, environment.servers as BackingServers] as const,
);
const chartOf = ({ namespace, valuesFile }: Environment) => renderChart({ namespace, file: valuesFile });
const valuesOf = ({ valuesFile }: Environment) =>
  parse(readFileSync(join(chartDir, 'ci', valuesFile), 'utf8')) as {
    config: Record<string, string>;
    postgres?: { maxConnections: number };
  };

/** Secrets that must already exist in environments whose passwords are not in this repository. */
const existing = ['Secret/postgres', 'Secret/redis', 'Secret/s3', 'Secret/lms-secrets'];

describe.each(Object.entries(environments))('%s', (name, environment) => {
  it('matches the reviewed snapshot; `npm run snapshots -w k8s` updates it', () => {
    const { path, text } = snapshotOf(name, environment);
    expect(text).toBe(readFileSync(path, 'utf8'));
  });

  it('has only objects whose every field is in their schema', () => {
    expect(objectsOf(environment).flatMap(schemaProblems)).toEqual([]);
  });

  it('owns no object that the chart owns', async () => {
    const keys = (manifests: Manifest[], namespace: string) =>
      manifests.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? namespace}/${metadata.name}`);
    const own = keys(objectsOf(environment), '');
    const release = keys(await chartOf(environment), environment.namespace);
    expect(release.length).toBeGreaterThan(50);
    expect(own.filter((key) => release.includes(key))).toEqual([]);
    expect(new Set(own).size).toBe(own.length);
  });

  it('creates the namespace of the chart, with Pod Security "restricted", a quota, and all traffic denied', async () => {
    const objects = objectsOf(environment);
    for (const { metadata } of all(objects, 'Namespace')) {
      for (const mode of ['enforce', 'audit', 'warn'])
        expect(metadata.labels?.[`pod-security.kubernetes.io/${mode}`]).toBe('restricted');
      const there = (kind: string) =>
        all(objects, kind).filter((object) => object.metadata.namespace === metadata.name);
      expect(there('ResourceQuota')).toHaveLength(1);
      expect(there('LimitRange')).toHaveLength(1);
      const deny = there('NetworkPolicy').find(({ spec }) => Object.keys(spec.podSelector).length === 0);
      expect(deny?.spec).toEqual({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] });
    }
    expect(all(objects, 'Namespace').map(({ metadata }) => metadata.name)).toContain(environment.namespace);
    for (const { metadata } of await chartOf(environment))
      expect(metadata.namespace).toBe(environment.namespace);
  });

  it('has a quota that fits the release with all pods at their maximum, a rollout and the Jobs', async () => {
    const manifests = await chartOf(environment);
    let [cpu, memory, memoryLimit, pods] = [0, 0, 0, 0];
    for (const manifest of manifests) {
      const pod = podTemplateOf(manifest);
      if (!pod) continue;
      const scaler = [...all(manifests, 'HorizontalPodAutoscaler')].find(
        ({ spec }) => spec.scaleTargetRef.name === manifest.metadata.name,
      );
      const most = scaler?.spec.maxReplicas ?? manifest.spec.replicas ?? 1;
      const count = manifest.kind === 'Deployment' ? most + 1 : 1;
      const { requests, limits } = pod.spec.containers[0]?.resources ?? {};
      cpu += count * quantityOf(requests?.cpu);
      memory += count * quantityOf(requests?.memory);
      memoryLimit += count * quantityOf(limits?.memory);
      pods += count;
    }
    const { quota } = environment;
    expect(cpu).toBeLessThanOrEqual(quantityOf(quota.cpu));
    expect(memory).toBeLessThanOrEqual(quantityOf(quota.memory));
    expect(memoryLimit).toBeLessThanOrEqual(quantityOf(quota.memoryLimit));
    expect(pods).toBeLessThanOrEqual(quota.pods);
  });
});

describe.each(withServers)('servers of %s', (_name, environment, servers) => {
  it('pass every rule of the linter', () => {
    // The policy for cert-manager's solver selects pods that exist only while a certificate is issued.
    const problems = lintManifests(objectsOf(environment), existing).filter(
      (line) => line !== 'NetworkPolicy/acme-solver: selects no pod',
    );
    // Both namespaces have objects of the same name and purpose.
    expect(
      problems.filter(
        (line) => !/^(ResourceQuota|LimitRange|NetworkPolicy)\/\S+: exists more than once$/.test(line),
      ),
    ).toEqual([]);
  });

  it('fit into the quota of their namespace', () => {
    const objects = objectsOf(environment);
    const sum = (read: (spec: Manifest['spec']) => unknown) =>
      all(objects, 'StatefulSet').reduce(
        (total, { spec }) =>
          total + spec.replicas * quantityOf(read(spec.template.spec.containers[0].resources)),
        0,
      );
    expect(sum(({ requests }) => requests.cpu)).toBeLessThanOrEqual(quantityOf(servers.quota.cpu));
    expect(sum(({ requests }) => requests.memory)).toBeLessThanOrEqual(quantityOf(servers.quota.memory));
    expect(sum(({ limits }) => limits.memory)).toBeLessThanOrEqual(quantityOf(servers.quota.memoryLimit));
  });

  it('have the addresses that the values of the chart name', () => {
    const { config, postgres } = valuesOf(environment);
    const objects = objectsOf(environment);
    const hosts = all(objects, 'Service').map(
      ({ metadata }) => `${metadata.name}.${metadata.namespace}.svc.cluster.local`,
    );
    expect(hosts).toContain(config.KAFKA_BROKERS?.split(':')[0]);
    expect(hosts).toContain(new URL(config.R2_ENDPOINT ?? '').hostname);
    expect(config.R2_BUCKET).toBe(servers.objectStore.bucket);
    expect(new URL(config.R2_SIGNED_URL_ENDPOINT ?? '').host).toBe(servers.objectStore.s3Host);
    expect(new URL(config.R2_PUBLIC_URL ?? '').host).toBe(servers.objectStore.cdnHost);
    const defaults = parse(readFileSync(join(chartDir, 'values.yaml'), 'utf8')) as {
      postgres: { maxConnections: number };
    };
    expect(servers.postgres.maxConnections).toBeGreaterThanOrEqual(
      (postgres ?? defaults.postgres).maxConnections,
    );
  });

  it('can be reached by the pods of the chart: both NetworkPolicies allow it', async () => {
    const objects = objectsOf(environment);
    const release = await chartOf(environment);
    const out = find(release, 'NetworkPolicy', 'lms-auth-api').spec.egress as {
      to: { namespaceSelector?: { matchLabels: Record<string, string> } }[];
      ports: { port: number }[];
    }[];
    for (const [name, port] of [
      ['postgres', 5432],
      ['redis', 6379],
      ['kafka', 9092],
      ['mail', 1025],
    ] as const) {
      const rule = out.find(({ ports }) => ports.some((allowed) => allowed.port === port));
      expect(rule?.to[0]?.namespaceSelector?.matchLabels['kubernetes.io/metadata.name']).toBe(
        servers.namespace,
      );
      const [into] = find(objects, 'NetworkPolicy', name).spec.ingress;
      expect(into.from[0].namespaceSelector.matchLabels['kubernetes.io/metadata.name']).toBe(
        environment.namespace,
      );
      expect(into.ports.map((allowed: { port: number }) => allowed.port)).toContain(port);
    }
  });
});

describe('local', () => {
  it('creates every secret that the chart needs, with values that match the servers', async () => {
    const objects = objectsOf(local);
    const { variables } = await readServiceVariables();
    const required = [...variables]
      .filter(([, { secret, required }]) => secret && required)
      .map(([name]) => name);
    const application = all(objects, 'Secret').find(({ metadata }) => metadata.namespace === 'lms');
    expect(Object.keys(application?.stringData ?? {}).sort()).toEqual(required.sort());
    const { DATABASE_URL = '', REDIS_URL = '', R2_SECRET_KEY } = application?.stringData ?? {};
    const inside = (name: string) =>
      all(objects, 'Secret').find(
        ({ metadata }) => metadata.namespace === 'lms-data' && metadata.name === name,
      )?.stringData;
    expect(new URL(DATABASE_URL).password).toBe(inside('postgres')?.password);
    expect(new URL(DATABASE_URL).username).toBe(inside('postgres')?.username);
    expect(new URL(REDIS_URL).password).toBe(inside('redis')?.password);
    expect(R2_SECRET_KEY).toBe(inside('s3')?.secretKey);
  });
});

describe('staging', () => {
  it('contains no password', () => {
    expect(all(objectsOf(staging), 'Secret')).toEqual([]);
    expect(JSON.stringify(objectsOf(staging))).not.toContain('dev-only');
  });

  it("has a quorum of three brokers, which know each other by the pods' names", () => {
    const { spec } = find(objectsOf(staging), 'StatefulSet', 'kafka');
    const env = envOf(spec.template.spec);
    expect(spec.replicas).toBe(3);
    expect(env.get('KAFKA_CONTROLLER_QUORUM_VOTERS')?.value).toBe(
      [0, 1, 2].map((id) => `${id}@kafka-${id}.kafka-pods.lms-staging-data.svc.cluster.local:9093`).join(','),
    );
    expect(env.get('KAFKA_MIN_INSYNC_REPLICAS')?.value).toBe('2');
    expect(find(objectsOf(staging), 'PodDisruptionBudget', 'kafka').spec.maxUnavailable).toBe(1);
  });

  it('uses the operators that are enabled, under the same names', () => {
    const servers = {
      ...(staging.servers as BackingServers),
      operators: { cloudNativePg: true, strimzi: true },
    };
    const objects = objectsOf({ ...staging, servers });
    expect(all(objects, 'StatefulSet').map(({ metadata }) => metadata.name)).toEqual([
      'redis',
      's3',
      'cdn',
      'mail',
    ]);
    // Strimzi publishes no schema that could be checked.
    const isStrimzi = ({ apiVersion }: Manifest) => apiVersion === 'kafka.strimzi.io/v1';
    expect(objects.filter((object) => !isStrimzi(object)).flatMap(schemaProblems)).toEqual([]);
    expect(objects.filter(isStrimzi).map(({ kind }) => kind)).toEqual(['KafkaNodePool', 'Kafka']);
    expect(find(objects, 'Cluster', 'postgres').spec).toMatchObject({
      instances: 2,
      bootstrap: { initdb: { database: 'lms', secret: { name: 'postgres' } } },
    });
    for (const name of ['postgres', 'kafka'])
      expect(find(objects, 'Service', name).spec).toMatchObject({ type: 'ExternalName' });
  });
});

describe('production', () => {
  it('creates neither servers nor secrets', () => {
    const kinds = new Set(objectsOf(production).map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(['LimitRange', 'Namespace', 'NetworkPolicy', 'ResourceQuota']);
  });
});

it('uses the same images as Docker Compose', () => {
  const { services } = parse(readFileSync(join(repo, 'docker-compose.yml'), 'utf8'), {
    merge: true,
    maxAliasCount: -1,
  }) as {
    services: Record<string, { image: string }>;
  };
  const { objectStore, ...others } = images;
  expect({ ...others, s3: objectStore }).toEqual(
    Object.fromEntries(
      ['postgres', 'redis', 'kafka', 'mail', 's3'].map((name) => [name, services[name]?.image]),
    ),
  );
});

/** A Kubernetes quantity as a number of cores or bytes. */
function quantityOf(quantity: unknown): number {
  const [, number = '', unit = ''] = /^([0-9.]+)(m|Ki|Mi|Gi)?$/.exec(String(quantity)) ?? [];
  if (number === '') throw new Error(`not a quantity: ${quantity}`);
  return Number(number) * ({ m: 0.001, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 }[unit] ?? 1);
}
