import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runKubectl } from '@lms/k8s/kube/helm';
import { chartNamespace, type KubeObject, type Rendering } from './rendered.ts';

/** The API server's complaint about an object; null if it accepts the object. */
export interface Verdict {
  rendering: string;
  object: string;
  complaint: string | null;
  /** True if the server does not know the kind, so that nothing was checked. */
  unknownKind: boolean;
}

/**
 * Sends every object to a real API server as a server-side apply with dry run and strict field validation, which
 * checks types, unknown and duplicate fields, ranges, admission and Pod Security. A warning counts as a refusal.
 * Only namespaces and service accounts are really created and kept, because other objects refer to them.
 */
export async function dryRun(renderings: Rendering[], kubeconfig: string): Promise<Verdict[]> {
  const folder = mkdtempSync(join(tmpdir(), 'lms-dry-run-'));
  const kubectl = (args: string[]) =>
    runKubectl(args, { env: { ...process.env, KUBECONFIG: kubeconfig }, timeoutMs: 60_000 });
  let files = 0;
  const send = (object: object, args: string[]) => {
    files += 1;
    const file = join(folder, `${files}.json`);
    writeFileSync(file, JSON.stringify(object));
    return kubectl([...args, '-f', file]);
  };
  try {
    for (const object of [...namespacesOf(renderings), ...serviceAccountsOf(renderings)])
      await send(object, ['apply', '--server-side', '--force-conflicts']);
    const verdicts: Verdict[] = [];
    for (const { name, objects } of renderings) {
      const named = objects.filter(({ metadata }) => metadata?.name);
      const placed = await acceptedTogether(
        named.filter(({ metadata }) => metadata.namespace),
        send,
      );
      const unplaced = await acceptedTogether(
        named.filter(({ metadata }) => !metadata.namespace),
        send,
      );
      for (const object of objects) {
        const known = placed.has(object) || unplaced.has(object);
        const verdict = known
          ? { object: titleOf(object), complaint: null, unknownKind: false }
          : await verdictOf(object, send);
        verdicts.push({ rendering: name, ...verdict });
      }
    }
    return verdicts;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Send = (object: object, args: string[]) => Promise<string>;

const checks = ['--dry-run=server', '--validate=strict', '--warnings-as-errors', '-o', 'name'];
const apply = ['apply', '--server-side', '--force-conflicts', ...checks];

/** The objects, if the server accepts all of them at once; otherwise none, and each is sent separately. */
async function acceptedTogether(objects: KubeObject[], send: Send): Promise<Set<KubeObject>> {
  if (objects.length === 0) return new Set();
  const list = { apiVersion: 'v1', kind: 'List', items: objects };
  const inNamespace = objects[0]?.metadata.namespace ? [] : ['-n', chartNamespace];
  return send(list, [...apply, ...inNamespace]).then(
    (accepted) => new Set(accepted.trim().split('\n').length === objects.length ? objects : []),
    () => new Set(),
  );
}

async function verdictOf(object: KubeObject, send: Send): Promise<Omit<Verdict, 'rendering'>> {
  const { name, namespace } = object.metadata ?? {};
  const inNamespace = namespace ? [] : ['-n', chartNamespace];
  try {
    // An object without a name can only be created.
    await send(object, name ? [...apply, ...inNamespace] : ['create', ...checks, ...inNamespace]);
    return { object: titleOf(object), complaint: null, unknownKind: false };
  } catch (error) {
    const complaint = (error as Error).message.trim();
    return { object: titleOf(object), complaint, unknownKind: complaint.includes('no matches for kind') };
  }
}

function titleOf({ apiVersion, kind, metadata }: KubeObject): string {
  const { name, generateName, namespace } = metadata ?? {};
  return `${apiVersion} ${kind} ${namespace ? `${namespace}/` : ''}${name ?? `${generateName}*`}`;
}

/** Namespaces that the objects use or create, with the labels that admission reads. */
function namespacesOf(renderings: Rendering[]): KubeObject[] {
  const restricted = Object.fromEntries(
    ['enforce', 'warn'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'restricted']),
  );
  const found = new Map<string, KubeObject>();
  const add = (name: string, labels: Record<string, string> = {}) =>
    found.set(name, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
  add(chartNamespace, restricted);
  for (const { objects } of renderings) {
    for (const { metadata } of objects)
      if (metadata?.namespace && !found.has(metadata.namespace)) add(metadata.namespace, restricted);
  }
  for (const { objects } of renderings) {
    for (const { kind, metadata } of objects)
      if (kind === 'Namespace' && metadata.name) add(metadata.name, metadata.labels);
  }
  return [...found.values()];
}

/** Service accounts that pods name, and the default one. */
function serviceAccountsOf(renderings: Rendering[]): KubeObject[] {
  const defaults = namespacesOf(renderings).map(({ metadata }) => account('default', metadata.name));
  const own = renderings.flatMap(({ objects }) =>
    objects
      .filter(({ kind }) => kind === 'ServiceAccount')
      .map(({ metadata }) => account(metadata.name ?? '', metadata.namespace ?? chartNamespace)),
  );
  return [...defaults, ...own];
}

const account = (name: string, namespace = chartNamespace): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name, namespace },
});
