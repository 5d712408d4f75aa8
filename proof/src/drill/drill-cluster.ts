import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runHelm, runKubectl } from '@lms/k8s/kube/helm';
import type { Progress } from '@lms/tools/stack/progress';
import { startCluster, stopCluster } from '../cluster/cluster.ts';
import { importImage } from '../cluster/containerd.ts';
import { run } from '../images/run.ts';
import { deriveImages } from './derive-images.ts';
import { drillArchive } from './drill-images.ts';
import { registry, variants } from './releases.ts';

const repo = join(import.meta.dirname, '../../..');
export const namespace = 'lms';
export const dataNamespace = 'lms-data';
const traefikFile = join(repo, 'proof/drill/traefik.yaml');
const serversFolder = join(repo, 'k8s/dist/local');

/** Address on this machine of something inside the cluster. */
export interface Address {
  host: string;
  port: number;
}

/** A cluster with everything except the product. */
export interface DrillCluster {
  version: string;
  /** What cannot be tested on it, one sentence each. */
  limits: string[];
  kubectl(args: string[], timeoutMs?: number): Promise<string>;
  helm(args: string[], timeoutMs?: number): Promise<string>;
  addressOf(service: string, inNamespace: string, port: number): Promise<Address>;
  /** Stops the processes on this machine, and removes everything of the drill from the cluster. */
  close(): Promise<void>;
}

/**
 * Starts a cluster with a node on this machine, and in it the servers of the local environment (k8s/), Traefik
 * as its ingress controller, and the images: release A and its variants. With `keep` it outlives `close`.
 */
export async function startDrillCluster(
  home: string,
  progress: Progress,
  { keep = false }: { keep?: boolean } = {},
): Promise<DrillCluster> {
  try {
    const started = await startCluster({ home, node: true, customResources: false, progress });
    const tools = clusterTools(started.kubeconfig);
    await loadImages(home, progress, (archive) => importImage(home, archive));
    await progress.step('Servers', async () => {
      await makeVolumes(home, tools.kubectl);
      await applyServers(tools.kubectl);
    });
    return {
      ...tools,
      version: started.version,
      limits: started.limits,
      // This machine is the node, so it reaches the same addresses as pods.
      async addressOf(service, inNamespace, port) {
        const args = ['get', 'service', service, '-n', inNamespace, '-o', 'jsonpath={.spec.clusterIP}'];
        return { host: (await tools.kubectl(args)).trim(), port };
      },
      async close() {
        if (!keep) await stopCluster(home);
      },
    };
  } catch (error) {
    if (!keep) await stopCluster(home);
    throw error;
  }
}

/** kubectl and helm for the cluster of a kubeconfig. */
export function clusterTools(kubeconfig: string): Pick<DrillCluster, 'kubectl' | 'helm'> {
  const env = { ...process.env, KUBECONFIG: kubeconfig };
  return {
    kubectl: (args, timeoutMs = 60_000) => runKubectl(args, { env, timeoutMs }),
    helm: (args, timeoutMs = 600_000) => runHelm(args, { env, timeoutMs }),
  };
}

/** Builds the images that the drill runs and passes archives with them to `load`, then deletes the archives. */
export async function loadImages(
  home: string,
  progress: Progress,
  load: (archive: string) => Promise<unknown>,
): Promise<void> {
  const folder = join(home, 'drill-images');
  try {
    const archives = await progress.step('Images', async () => {
      const archive = await drillArchive(folder, progress);
      const from = `${registry}content:a`;
      return [archive, await deriveImages({ archive, from, variants, folder: join(folder, 'variants') })];
    });
    await progress.step('Images into the nodes', async () => {
      for (const archive of archives) await load(archive);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Installs the servers of the local environment and an ingress controller, and waits until they are ready. */
export async function applyServers(kubectl: DrillCluster['kubectl']): Promise<void> {
  await run(process.execPath, [join(repo, 'k8s/src/synth.ts')], {
    cwd: join(repo, 'k8s'),
    timeoutMs: 300_000,
  });
  if (!existsSync(serversFolder)) throw new Error('k8s/src/synth.ts did not write k8s/dist/local');
  // Namespaces come first, because files are applied in the order of their names.
  await kubectl(['apply', '--server-side', '--force-conflicts', '-f', serversFolder]);
  await kubectl(['apply', '-f', traefikFile]);
  for (const name of ['postgres', 'redis', 'kafka', 's3', 'cdn'])
    await kubectl(
      ['rollout', 'status', `statefulset/${name}`, '-n', dataNamespace, '--timeout=300s'],
      310_000,
    );
  await kubectl(['rollout', 'status', 'deployment/traefik', '-n', 'traefik', '--timeout=300s'], 310_000);
}

/** Removes what `applyServers` installed, and the product in its namespace. */
export async function removeServers(kubectl: DrillCluster['kubectl']): Promise<void> {
  for (const what of [traefikFile, serversFolder])
    await kubectl(['delete', '-f', what, '--ignore-not-found', '--timeout=300s'], 310_000);
}

/** Creates volumes for the servers as folders of this machine, because the cluster has no provisioner. */
async function makeVolumes(home: string, kubectl: DrillCluster['kubectl']): Promise<void> {
  const volumes = ['postgres', 'redis', 'kafka', 's3'].map((name) => {
    const path = join(home, 'volumes', name);
    rmSync(path, { recursive: true, force: true });
    mkdirSync(path, { recursive: true });
    chmodSync(path, 0o777);
    return {
      apiVersion: 'v1',
      kind: 'PersistentVolume',
      metadata: { name: `lms-${name}` },
      spec: {
        capacity: { storage: '20Gi' },
        accessModes: ['ReadWriteOnce'],
        claimRef: { namespace: dataNamespace, name: `data-${name}-0` },
        hostPath: { path },
      },
    };
  });
  const file = join(home, 'volumes.json');
  writeFileSync(file, JSON.stringify({ apiVersion: 'v1', kind: 'List', items: volumes }));
  await kubectl(['apply', '-f', file]);
}
