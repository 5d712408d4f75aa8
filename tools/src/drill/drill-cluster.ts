import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startCluster } from '../cluster/cluster.ts';
import { importImage, tagImage } from '../cluster/containerd.ts';
import { run } from '../images/run.ts';
import { runHelm, runKubectl } from '../kube/helm.ts';
import type { Progress } from '../stack/progress.ts';
import { deriveImages } from './derive-images.ts';
import { drillArchive } from './drill-images.ts';
import { registry, services, variants } from './releases.ts';

const repo = join(import.meta.dirname, '../../..');
export const namespace = 'lms';
const dataNamespace = 'lms-data';

/** A cluster of our own with everything but the product in it. */
export interface DrillCluster {
  kubeconfig: string;
  version: string;
  limits: string[];
  kubectl(args: string[], timeoutMs?: number): Promise<string>;
  helm(args: string[], timeoutMs?: number): Promise<string>;
  /** Address of a Service inside the cluster, which this machine reaches as pods do. */
  addressOf(service: string, inNamespace: string): Promise<string>;
}

/**
 * Starts a cluster with a node on this machine, and in it the servers of the local environment (k8s/), Traefik
 * as its ingress controller, and the images: release A and its variants.
 */
export async function startDrillCluster(home: string, progress: Progress): Promise<DrillCluster> {
  const archive = await progress.step('Images of release A', () => drillArchive(home, progress));
  const { kubeconfig, version, limits } = await startCluster({
    home,
    node: true,
    customResources: false,
    progress,
  });
  const env = { ...process.env, KUBECONFIG: kubeconfig };
  const kubectl = (args: string[], timeoutMs = 60_000) => runKubectl(args, { env, timeoutMs });
  await progress.step('Images into the node', () => loadImages(home, archive));
  await progress.step('Servers', async () => {
    await applyServers(home, kubectl);
    await kubectl(['apply', '-f', join(repo, 'tools/drill/traefik.yaml')]);
    for (const name of ['postgres', 'redis', 'kafka', 's3', 'cdn'])
      await kubectl(
        ['rollout', 'status', `statefulset/${name}`, '-n', dataNamespace, '--timeout=300s'],
        310_000,
      );
    await kubectl(['rollout', 'status', 'deployment/traefik', '-n', 'traefik', '--timeout=300s'], 310_000);
  });
  return openDrillCluster({ kubeconfig, version, limits });
}

/** A cluster that startDrillCluster has made. */
export function openDrillCluster(
  made: Pick<DrillCluster, 'kubeconfig' | 'version' | 'limits'>,
): DrillCluster {
  const env = { ...process.env, KUBECONFIG: made.kubeconfig };
  const kubectl = (args: string[], timeoutMs = 60_000) => runKubectl(args, { env, timeoutMs });
  return {
    ...made,
    kubectl,
    helm: (args, timeoutMs = 600_000) => runHelm(args, { env, timeoutMs }),
    async addressOf(service, inNamespace) {
      const args = ['get', 'service', service, '-n', inNamespace, '-o', 'jsonpath={.spec.clusterIP}'];
      return (await kubectl(args)).trim();
    },
  };
}

async function loadImages(home: string, archive: string): Promise<void> {
  await importImage(home, archive);
  const folder = join(home, 'drill-images');
  await importImage(home, await deriveImages({ archive, from: 'lms-content:drill', variants, folder }));
  rmSync(folder, { recursive: true, force: true });
  await tagImage(home, 'docker.io/library/lms-tools:drill', `${registry}tools:dev`);
  for (const tag of ['a', 'b'])
    await tagImage(home, 'docker.io/library/lms-ops:drill', `${registry}ops:${tag}`);
  for (const service of services) {
    await tagImage(home, `docker.io/library/lms-${service}:drill`, `${registry}${service}:a`);
    // Of the others B is the same program under another tag: their pods are replaced all the same.
    if (service !== 'content')
      await tagImage(home, `docker.io/library/lms-${service}:drill`, `${registry}${service}:b`);
  }
}

/** The servers of the local environment; their volumes are folders of this machine, as nothing provides any here. */
async function applyServers(home: string, kubectl: DrillCluster['kubectl']): Promise<void> {
  const dist = join(repo, 'k8s/dist/local');
  await run(process.execPath, [join(repo, 'k8s/src/synth.ts')], {
    cwd: join(repo, 'k8s'),
    timeoutMs: 300_000,
  });
  if (!existsSync(dist)) throw new Error('k8s/src/synth.ts made no k8s/dist/local');
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
  // Namespaces first: files are applied in the order of their names.
  await kubectl(['apply', '--server-side', '--force-conflicts', '-f', dist]);
}
