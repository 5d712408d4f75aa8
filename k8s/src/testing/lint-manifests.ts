import { all, type Manifest, type PodSpec, podTemplateOf, selects } from './manifests.ts';

/**
 * Rules for a set of objects that are applied together, modelled on kube-linter. They find mistakes that the
 * schema allows but that fail in a cluster.
 * @param given objects and Secrets that exist without this set, as `Kind/name`.
 * @returns one line for each problem.
 */
export function lintManifests(manifests: Manifest[], given: string[] = []): string[] {
  const names = manifests.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
  return [
    ...names
      .filter((name, index) => names.indexOf(name) !== index)
      .map((name) => `${name}: exists more than once`),
    ...manifests.flatMap((manifest) => {
      const pod = podTemplateOf(manifest);
      const lines = [...labelProblems(manifest), ...targetProblems(manifest, manifests)];
      if (pod) {
        lines.push(...podProblems(pod.spec), ...referenceProblems(pod.spec, manifest, manifests, given));
        if (pod.spec.containers.length > 0 && manifest.kind === 'Deployment')
          lines.push(...serverProblems(manifest, pod.spec, manifests));
      }
      return lines.map((line) => `${manifest.kind}/${manifest.metadata.name}: ${line}`);
    }),
  ];
}

/** Pod Security "restricted", and rules that it does not cover. */
function podProblems(spec: PodSpec): string[] {
  const lines: string[] = [];
  const expectThat = (holds: boolean | undefined, line: string) => holds || lines.push(line);
  expectThat(spec.automountServiceAccountToken === false, 'has a service account token');
  expectThat(!spec.hostNetwork && !spec.hostPid && !spec.hostIpc, 'shares a namespace of the host');
  expectThat(spec.securityContext?.runAsNonRoot, 'may run as root');
  expectThat((spec.securityContext?.runAsUser ?? 0) > 0, 'has no numeric user');
  expectThat(spec.securityContext?.seccompProfile?.type === 'RuntimeDefault', 'has no seccomp profile');
  expectThat(!spec.volumes?.some(({ hostPath }) => hostPath), 'mounts a path of the host');
  for (const container of [...(spec.initContainers ?? []), ...spec.containers]) {
    const { name, image, securityContext, resources, env = [] } = container;
    expectThat(securityContext?.allowPrivilegeEscalation === false, `${name} may gain privileges`);
    expectThat(securityContext?.readOnlyRootFilesystem, `${name} may write to its root file system`);
    expectThat(securityContext?.capabilities?.drop?.includes('ALL'), `${name} keeps capabilities`);
    expectThat(
      /(@sha256:[0-9a-f]{64}|:[\w.-]+)$/.test(image ?? '') && !image?.endsWith(':latest'),
      `${name} has no fixed image`,
    );
    for (const [resource, kind] of [
      ['cpu', 'requests'],
      ['memory', 'requests'],
      ['memory', 'limits'],
    ] as const)
      expectThat(resources?.[kind]?.[resource] !== undefined, `${name} has no ${resource} in ${kind}`);
    const variables = env.map((variable) => variable.name);
    for (const twice of variables.filter((variable, index) => variables.indexOf(variable) !== index))
      lines.push(`${name} has the variable ${twice} twice`);
    for (const { name: variable, value } of env)
      if (value && /SECRET|PASSWORD|TOKEN|_KEY$|DATABASE_URL/.test(variable))
        lines.push(`${name} has ${variable} in plain text`);
  }
  return lines;
}

/** Every ConfigMap, Secret, ServiceAccount and volume that a pod names exists. */
function referenceProblems(
  spec: PodSpec,
  manifest: Manifest,
  manifests: Manifest[],
  given: string[],
): string[] {
  const lines: string[] = [];
  const known = (kind: string, name: string | undefined) =>
    given.includes(`${kind}/${name}`) ||
    manifests.some(
      (other) =>
        other.metadata.name === name &&
        (other.kind === kind || (kind === 'Secret' && other.kind === 'ExternalSecret')),
    );
  const need = (kind: string, name: string | undefined) =>
    name === undefined || known(kind, name) || lines.push(`needs ${kind}/${name}, which does not exist`);
  need('ServiceAccount', spec.serviceAccountName);
  const volumes = (spec.volumes ?? []).map(({ name }) => name);
  const claims = ((manifest.spec.volumeClaimTemplates ?? []) as Manifest[]).map(
    ({ metadata }) => metadata.name,
  );
  for (const volume of spec.volumes ?? []) {
    need('ConfigMap', volume.configMap?.name);
    need('Secret', volume.secret?.secretName);
  }
  for (const container of [...(spec.initContainers ?? []), ...spec.containers]) {
    for (const { configMapRef, secretRef } of container.envFrom ?? []) {
      need('ConfigMap', configMapRef?.name);
      need('Secret', secretRef?.name);
    }
    for (const { valueFrom } of container.env ?? []) {
      need('Secret', valueFrom?.secretKeyRef?.name);
      need('ConfigMap', valueFrom?.configMapKeyRef?.name);
    }
    for (const { name } of container.volumeMounts ?? [])
      if (![...volumes, ...claims].includes(name))
        lines.push(`mounts ${name}, which is not a volume of the pod`);
  }
  return lines;
}

/** A Deployment can be rolled without an outage, has probes, and its pods can be evicted from a node. */
function serverProblems(manifest: Manifest, spec: PodSpec, manifests: Manifest[]): string[] {
  const lines: string[] = [];
  for (const { name, livenessProbe, readinessProbe, startupProbe } of spec.containers) {
    if (!livenessProbe || !readinessProbe || !startupProbe) lines.push(`${name} lacks a probe`);
    if (livenessProbe && JSON.stringify(livenessProbe) === JSON.stringify(readinessProbe))
      lines.push(`${name} is restarted when it is not ready`);
  }
  const labels = manifest.spec.template.metadata.labels;
  const budgets = all(manifests, 'PodDisruptionBudget').filter(({ spec: budget }) =>
    selects(budget.selector.matchLabels, labels),
  );
  if (budgets.length !== 1) lines.push(`has ${budgets.length} disruption budgets`);
  if (budgets.some(({ spec: budget }) => budget.maxUnavailable === 0 || budget.maxUnavailable === '0%'))
    lines.push('can never be evicted');
  return lines;
}

/** Every selector matches pods, and every reference names an existing object. */
function targetProblems(manifest: Manifest, manifests: Manifest[]): string[] {
  const pods = manifests.map(podTemplateOf).filter((pod) => pod !== null);
  const chosen = (matchLabels: Record<string, string>) =>
    pods.filter(({ labels }) => selects(matchLabels, labels));
  const { kind, spec } = manifest;
  if (kind === 'Deployment' || kind === 'StatefulSet') {
    const own = spec.selector.matchLabels;
    if (!selects(own, spec.template.metadata.labels)) return ['does not select its own pods'];
    return chosen(own).length > 1 ? ['selects pods of others too'] : [];
  }
  if (kind === 'Service' && spec.selector) {
    const targets = chosen(spec.selector);
    if (targets.length === 0) return ['selects no pod'];
    const open = targets.flatMap(({ spec: pod }) => pod.containers.flatMap(({ ports = [] }) => ports));
    return (spec.ports as { name: string; port: number; targetPort?: string | number }[])
      .filter(
        ({ port, targetPort = port }) =>
          !open.some(({ name, containerPort }) => name === targetPort || containerPort === targetPort),
      )
      .map(({ name }) => `port ${name} matches no port of a container`);
  }
  if (kind === 'PodDisruptionBudget')
    return chosen(spec.selector.matchLabels).length === 1 ? [] : ['does not select exactly one kind of pod'];
  if (kind === 'NetworkPolicy')
    return chosen(spec.podSelector.matchLabels ?? {}).length > 0 ? [] : ['selects no pod'];
  if (kind === 'HorizontalPodAutoscaler' || kind === 'ScaledObject') {
    const target = manifests.find(
      (other) => other.kind === spec.scaleTargetRef.kind && other.metadata.name === spec.scaleTargetRef.name,
    );
    if (!target) return ['scales nothing'];
    return target.spec.replicas === undefined ? [] : ['and its Deployment both set the number of pods'];
  }
  return [];
}

function labelProblems({ kind, metadata }: Manifest): string[] {
  if (kind === 'Namespace') return [];
  return ['app.kubernetes.io/name', 'app.kubernetes.io/part-of', 'app.kubernetes.io/managed-by']
    .filter((label) => !metadata.labels?.[label])
    .map((label) => `has no label ${label}`);
}
