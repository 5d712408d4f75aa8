import {
  flag,
  type JsonSchema,
  listOf,
  mapOf,
  object,
  oneOf,
  reference,
  text,
  whole,
} from './json-schema.ts';
import type { DescribedVariable } from './service-variables.ts';
import type { DocumentedValue } from './values-docs.ts';

const dnsName = '[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?';
const objectName = text(`^(${dnsName}(\\.${dnsName})*)?$`);
const hostName = `^(\\*\\.)?${dnsName}(\\.${dnsName})*$`;
const hostOrNothing = text(`^$|${hostName}`);
const quantity: JsonSchema = {
  type: ['string', 'number'],
  pattern: '^[0-9]+(\\.[0-9]+)?(m|k|M|G|T|Ki|Mi|Gi|Ti)?$',
};
const duration = text('^([0-9]+(ms|s|m|h))+$');
const seconds = whole(0, 86_400);
const scalar: JsonSchema = { type: ['string', 'number', 'boolean'] };
const labels = mapOf(text());
const env: JsonSchema = { ...mapOf(scalar), propertyNames: { pattern: '^[A-Z][A-Z0-9_]*$' } };
const keys = listOf(text('^[A-Z][A-Z0-9_]*$'));
const ports = listOf(whole(1, 65_535));
const peers = listOf(reference('peer'));

const definitions = (configNames: string[]): Record<string, JsonSchema> => ({
  config: object(Object.fromEntries(configNames.map((name) => [name, scalar]))),
  labelSelector: object({
    matchLabels: labels,
    matchExpressions: listOf(
      object({
        key: text(),
        operator: oneOf('In', 'NotIn', 'Exists', 'DoesNotExist'),
        values: listOf(text()),
      }),
    ),
  }),
  peer: {
    ...object({
      namespaceSelector: reference('labelSelector'),
      podSelector: reference('labelSelector'),
      ipBlock: { ...object({ cidr: text(), except: listOf(text()) }), required: ['cidr'] },
    }),
    minProperties: 1,
  },
  resources: object({
    requests: reference('quantities'),
    limits: reference('quantities'),
  }),
  quantities: object({ cpu: quantity, memory: quantity, 'ephemeral-storage': quantity }),
  component: object({
    enabled: flag,
    replicas: whole(0, 1000),
    poolSize: whole(1, 200),
    sidePoolSize: whole(0, 200),
    autoscaling: object({
      enabled: flag,
      minReplicas: whole(1, 1000),
      maxReplicas: whole(1, 1000),
      cpuPercent: whole(1, 1000),
      memoryPercent: whole(0, 1000),
      scaleDownSeconds: whole(0, 3600),
    }),
    shutdown: object({
      preStopSeconds: whole(0, 600),
      preStopMode: oneOf('sleep', 'exec', 'none'),
      drainSeconds: whole(1, 3600),
      closeSeconds: whole(0, 600),
      gracePeriodSeconds: whole(0, 7200),
    }),
    resources: reference('resources'),
    podDisruptionBudget: object({
      enabled: flag,
      maxUnavailable: {
        anyOf: [whole(1, 1000), text('^([1-9][0-9]?|100)%$')],
      },
    }),
    env,
    podAnnotations: labels,
    podLabels: labels,
    nodeSelector: labels,
    tolerations: listOf(
      object({
        key: text(),
        operator: oneOf('Exists', 'Equal'),
        value: text(),
        effect: oneOf('NoSchedule', 'PreferNoSchedule', 'NoExecute'),
        tolerationSeconds: whole(0, 86_400),
      }),
    ),
    // Kubernetes checks the content; a copy of its schema here would become outdated.
    affinity: object({ nodeAffinity: anything, podAffinity: anything, podAntiAffinity: anything }),
    priorityClassName: objectName,
  }),
  service: object({
    config: reference('config'),
    existingSecret: objectName,
    image: object({
      repository: text('^[a-z0-9./:_-]*$'),
      tag: reference('tag'),
      digest: text('^(sha256:[0-9a-f]{64})?$'),
    }),
    extraEgress: listOf(
      object({
        to: peers,
        ports: listOf(
          object({
            port: { type: ['integer', 'string'] },
            protocol: oneOf('TCP', 'UDP', 'SCTP'),
            endPort: whole(1, 65_535),
          }),
        ),
      }),
    ),
    migrate: object({ enabled: flag, deadlineSeconds: whole(1, 86_400), resources: reference('resources') }),
    api: reference('component'),
    worker: reference('component'),
  }),
  tag: text('^([A-Za-z0-9_][A-Za-z0-9._-]{0,127})?$'),
  test: object({ enabled: flag, ...opsImage }),
});

const anything: JsonSchema = { type: 'object' };
const opsImage: Record<string, JsonSchema> = {
  repository: text('^[a-z0-9./:_-]*$'),
  tag: reference('tag'),
  command: listOf(text()),
  args: listOf(text()),
  env,
  secretKeys: keys,
};
const monitor = object({ enabled: flag, labels, interval: duration });
const endpoint = object({ to: peers, ports });

/** values.schema.json: allows exactly the existing values, with the descriptions of values.yaml. */
export function valuesSchema(options: {
  values: DocumentedValue[];
  services: string[];
  variables: Map<string, DescribedVariable>;
}): JsonSchema {
  const named = (secret: boolean) =>
    [...options.variables].filter(([, variable]) => variable.secret === secret).map(([name]) => name);
  const schema: JsonSchema = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Values of the chart lms',
    ...object({
      global: { type: 'object', description: 'Values shared by a parent chart; not used here' },
      fullnameOverride: objectName,
      environment: oneOf('development', 'test', 'staging', 'production'),
      image: object({
        registry: text('^[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9._-]+)*$'),
        owner: text('^[a-z0-9._/-]*$'),
        prefix: text('^[a-z0-9._-]*$'),
        tag: reference('tag'),
        pullPolicy: oneOf('IfNotPresent', 'Always', 'Never'),
        pullSecrets: listOf(objectName),
      }),
      config: reference('config'),
      secrets: object({
        existingSecret: objectName,
        revision: { type: ['string', 'number'] },
        create: flag,
        values: object(Object.fromEntries(named(true).map((name) => [name, text()]))),
        externalSecret: object({
          enabled: flag,
          storeKind: oneOf('ClusterSecretStore', 'SecretStore'),
          storeName: objectName,
          remoteKey: text(),
          refreshInterval: duration,
        }),
      }),
      caConfigMap: objectName,
      postgres: object({
        maxConnections: whole(1, 100_000),
        reservedConnections: whole(0, 10_000),
        poolerConnections: whole(0, 100_000),
      }),
      defaults: reference('service'),
      services: object(Object.fromEntries(options.services.map((name) => [name, reference('service')]))),
      ingress: object({
        enabled: flag,
        className: objectName,
        host: hostOrNothing,
        controller: oneOf('traefik', 'nginx', 'haproxy', 'other'),
        annotations: mapOf(scalar),
        streamTimeoutSeconds: seconds,
        tls: object({
          enabled: flag,
          secretName: objectName,
          issuerName: objectName,
          issuerKind: oneOf('ClusterIssuer', 'Issuer'),
        }),
        hsts: object({ enabled: flag, maxAgeSeconds: whole(0, 315_360_000), includeSubdomains: flag }),
      }),
      gateway: object({
        enabled: flag,
        hostnames: listOf(text(hostName)),
        parentRefs: listOf(
          object({
            group: text(),
            kind: text(),
            name: objectName,
            namespace: objectName,
            sectionName: text(),
            port: whole(1, 65_535),
          }),
        ),
        requestTimeout: duration,
      }),
      streamingServices: listOf({ type: 'string', enum: options.services }),
      networkPolicy: object({
        enabled: flag,
        dns: peers,
        ingressController: peers,
        prometheus: peers,
        ...Object.fromEntries(
          ['postgres', 'redis', 'kafka', 'objectStore', 'smtp', 'ai', 'https', 'otlp'].map((name) => [
            name,
            endpoint,
          ]),
        ),
      }),
      keda: object({
        enabled: flag,
        lagThreshold: whole(1, 1_000_000),
        activationLagThreshold: whole(0, 1_000_000),
        pollingInterval: whole(1, 3600),
        cooldownPeriod: whole(0, 86_400),
        authenticationRef: objectName,
      }),
      monitoring: object({
        podMonitor: monitor,
        serviceMonitor: monitor,
        rules: object({
          enabled: flag,
          labels,
          errorRatio: { type: 'number', minimum: 0, maximum: 1 },
          latencySeconds: { type: 'number', minimum: 0.01, maximum: 600 },
          consumerLag: whole(1, 100_000_000),
          outboxAgeSeconds: whole(1, 86_400),
          runbookBaseUrl: text('^(https?://.+[^/])?$'),
        }),
        dashboards: object({ enabled: flag, labels, annotations: labels }),
      }),
      backup: object({
        enabled: flag,
        schedule: text('^(@(hourly|daily|weekly|monthly)|\\S+ \\S+ \\S+ \\S+ \\S+)$'),
        ...opsImage,
        deadlineSeconds: whole(1, 86_400),
        scratchSize: quantity,
        resources: reference('resources'),
      }),
      tests: object({ preflight: reference('test'), journey: reference('test') }),
    }),
    definitions: definitions(named(false)),
  };
  for (const { path, description } of options.values) describe(schema, path.split('.'), description);
  for (const [name, variable] of options.variables) {
    const place = variable.secret
      ? schema.properties?.secrets?.properties?.values
      : schema.definitions?.config;
    if (place?.properties?.[name])
      place.properties[name] = { ...place.properties[name], description: variable.description };
  }
  return schema;
}

/** Sets the description at a path, following references. @throws Error if the path does not exist. */
function describe(root: JsonSchema, path: string[], description: string): void {
  let at = root;
  for (const [index, key] of path.entries()) {
    const target = at.$ref ? root.definitions?.[at.$ref.slice('#/definitions/'.length)] : at;
    const next = target?.properties?.[key];
    if (!next) throw new Error(`values.schema.json has no key ${path.slice(0, index + 1).join('.')}`);
    if (index === path.length - 1 && target.properties) {
      // Draft 7 ignores everything beside a $ref; and a definition shared by several places has no single description.
      if (!next.$ref) target.properties[key] = { ...next, description: plain(description) };
    }
    at = target.properties?.[key] ?? next;
  }
}

const plain = (markdown: string) => markdown.replaceAll('**', '').replaceAll('`', '');
