import type { k8s } from 'cdk8s-plus-34';

/** An object as it would be sent to the API server. Tests read its parts through the helpers below. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  // biome-ignore lint/suspicious/noExplicitAny: specs of all kinds; a test expects the fields that it reads
  spec?: any;
  data?: Record<string, string>;
  stringData?: Record<string, string>;
  automountServiceAccountToken?: boolean;
  type?: string;
}

export type PodSpec = k8s.PodSpec;

/** The object of that kind and name. @throws Error that lists the existing names. */
export function find(manifests: Manifest[], kind: string, name: string): Manifest {
  const found = manifests.filter((manifest) => manifest.kind === kind && manifest.metadata.name === name);
  if (found.length === 1 && found[0]) return found[0];
  throw new Error(
    `${found.length} objects ${kind}/${name}; there are ${all(manifests, kind).map(({ metadata }) => metadata.name)}`,
  );
}

export function all(manifests: Manifest[], kind: string): Manifest[] {
  return manifests.filter((manifest) => manifest.kind === kind);
}

/** The pod template of an object, with the pods' labels; null if the object creates no pods. */
export function podTemplateOf(manifest: Manifest): { labels: Record<string, string>; spec: PodSpec } | null {
  switch (manifest.kind) {
    case 'Pod':
      return { labels: manifest.metadata.labels ?? {}, spec: manifest.spec as PodSpec };
    case 'Deployment':
    case 'StatefulSet':
    case 'Job':
      return { labels: manifest.spec.template.metadata.labels, spec: manifest.spec.template.spec };
    case 'CronJob': {
      const { template } = manifest.spec.jobTemplate.spec;
      return { labels: template.metadata.labels, spec: template.spec };
    }
    default:
      return null;
  }
}

/** True if the labels contain every label of the selector. */
export function selects(matchLabels: Record<string, string>, labels: Record<string, string>): boolean {
  return Object.entries(matchLabels).every(([key, value]) => labels[key] === value);
}

/** Names of the variables of a pod's first container, each with its source. */
export function envOf(spec: PodSpec): Map<string, { value?: string; secret?: string; optional?: boolean }> {
  return new Map(
    (spec.containers[0]?.env ?? []).map(({ name, value, valueFrom }) => [
      name,
      {
        ...(value === undefined ? {} : { value }),
        ...(valueFrom?.secretKeyRef?.name ? { secret: valueFrom.secretKeyRef.name } : {}),
        ...(valueFrom?.secretKeyRef?.optional ? { optional: true } : {}),
      },
    ]),
  );
}
