import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runHelm } from '@lms/k8s/kube/helm';
import { parseAllDocuments } from 'yaml';

const repo = join(import.meta.dirname, '../../..');

/** An object as it would be sent to the API server. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: { name?: string; generateName?: string; namespace?: string; labels?: Record<string, string> };
}

/** Objects that are applied together. */
export interface Rendering {
  /** `charts/lms ci/minimal-values.yaml`, `k8s/dist/staging`. */
  name: string;
  objects: KubeObject[];
}

/** Namespace that the chart is rendered for. */
export const chartNamespace = 'lms-dry-run';

/** Renders every values file in the chart's `ci/` and every environment in `k8s/dist`; empty if there are none. */
export async function readRenderings(root = repo): Promise<Rendering[]> {
  return [
    ...(await chartRenderings(join(root, 'charts/lms'))),
    ...environmentRenderings(join(root, 'k8s/dist')),
  ];
}

async function chartRenderings(chart: string): Promise<Rendering[]> {
  if (!existsSync(join(chart, 'Chart.yaml'))) return [];
  const ci = join(chart, 'ci');
  const files = existsSync(ci) ? readdirSync(ci).filter((name) => name.endsWith('-values.yaml')) : [];
  const renderings: Rendering[] = [];
  for (const file of files.sort()) {
    const args = ['template', 'lms', chart, '-n', chartNamespace, '-f', join(ci, file), '--include-crds'];
    renderings.push({ name: `charts/lms ci/${file}`, objects: parseObjects(await runHelm(args)) });
  }
  return renderings;
}

function environmentRenderings(dist: string): Rendering[] {
  if (!existsSync(dist)) return [];
  return readdirSync(dist, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => ({ name: `k8s/dist/${name}`, objects: parseObjects(textIn(join(dist, name))) }));
}

function textIn(folder: string): string {
  return readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('\n---\n');
}

/** The objects of a stream of YAML documents; a `List` is replaced by its items. */
export function parseObjects(yaml: string): KubeObject[] {
  return parseAllDocuments(yaml).flatMap((document) => {
    if (document.errors.length > 0) throw new Error(`not YAML: ${document.errors[0]?.message}`);
    const value = document.toJS() as (KubeObject & { items?: KubeObject[] }) | null;
    if (!value) return [];
    return value.kind === 'List' ? (value.items ?? []) : [value];
  });
}
