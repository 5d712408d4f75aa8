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

/** Secrets that somebody has made where passwords are not written here. */
const existing = ['Secret/postgres', 'Secret/redis', 'Secret/s3', 'Secret/lms-secrets'];

describe.each(Object.entries(environments))('%s', (name, environment) => {
  it('matches the reviewed snapshot; `npm run snapshots -w k8s` updates it', () => {
    const { path, text } = snapshotOf(name, environment);
    expect(text).toBe(readFileSync(path, 'utf8'));
  });

  it('has objects that their schemas accept to the last field', () => {
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

  it('makes the namespace the chart goes to: restricted, limited, closed', async () => {
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

  it('has room for the release with every pod it may ever have, a rollout and the Jobs', async () => {
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
    // The policy for cert-manager's solver waits for pods that come and go.
    const problems = lintManifests(objectsOf(environment), existing).filter(
      (line) => line !== 'NetworkPolicy/acme-solver: is for no pod',
    );
    // Both namespaces have objects of one name for the same purpose.
    expect(
      problems.filter(
        (line) => !/^(ResourceQuota|LimitRange|NetworkPolicy)\/\S+: is there more than once$/.test(line),
      ),
    ).toEqual([]);
  });

  it('have room in their own quota', () => {
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

  it('are where the values of the chart look for them', () => {
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

  it('may be reached by the pods of the chart, from both sides', async () => {
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
  it('brings every secret that the chart needs, and they work with the servers', async () => {
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
  it('writes no password', () => {
    expect(all(objectsOf(staging), 'Secret')).toEqual([]);
    expect(JSON.stringify(objectsOf(staging))).not.toContain('dev-only');
  });

  it('has a quorum: three brokers, each voter by its own name', () => {
    const { spec } = find(objectsOf(staging), 'StatefulSet', 'kafka');
    const env = envOf(spec.template.spec);
    expect(spec.replicas).toBe(3);
    expect(env.get('KAFKA_CONTROLLER_QUORUM_VOTERS')?.value).toBe(
      [0, 1, 2].map((id) => `${id}@kafka-${id}.kafka-pods.lms-staging-data.svc.cluster.local:9093`).join(','),
    );
    expect(env.get('KAFKA_MIN_INSYNC_REPLICAS')?.value).toBe('2');
    expect(find(objectsOf(staging), 'PodDisruptionBudget', 'kafka').spec.maxUnavailable).toBe(1);
  });

  it('uses operators where they are, under the same names', () => {
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
    // Strimzi publishes no schema to check against.
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
  it('has no server and no secret of its own', () => {
    const kinds = new Set(objectsOf(production).map(({ kind }) => kind));
    expect([...kinds].sort()).toEqual(['LimitRange', 'Namespace', 'NetworkPolicy', 'ResourceQuota']);
  });
});

it('takes the images of Docker Compose', () => {
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

/** A quantity of Kubernetes as a number: cores or bytes. */
function quantityOf(quantity: unknown): number {
  const [, number = '', unit = ''] = /^([0-9.]+)(m|Ki|Mi|Gi)?$/.exec(String(quantity)) ?? [];
  if (number === '') throw new Error(`not a quantity: ${quantity}`);
  return Number(number) * ({ m: 0.001, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 }[unit] ?? 1);
}
