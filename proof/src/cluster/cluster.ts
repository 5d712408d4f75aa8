import { chmodSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { stopMarked } from '@lms/tools/stack/processes';
import type { Progress } from '@lms/tools/stack/progress';
import { openState } from '@lms/tools/stack/state';
import { type ClusterContext, type ControlPlane, startControlPlane } from './control-plane.ts';
import { installCrds } from './install-crds.ts';
import { prepareNode, removeNode, startNode } from './node.ts';
import { nodeAddress } from './node-network.ts';

export interface Cluster {
  kubeconfig: string;
  version: string;
  /** True if pods really run; without a node the API server only checks and stores objects. */
  node: boolean;
  /** Differences from a real cluster, one sentence each. */
  limits: string[];
}

/**
 * Starts a real Kubernetes API server for tests in `home`, with the definitions of the operators whose objects we
 * use. With `node` it also starts the rest of a cluster on this machine, so that pods run. Stops leftovers of an
 * earlier run, and begins with an empty state.
 * @throws SetupError if a part is not available on this machine.
 */
export async function startCluster(options: {
  home: string;
  node: boolean;
  /** Installs the definitions of the operators' objects; true by default. */
  customResources?: boolean;
  progress: Progress;
}): Promise<Cluster> {
  const { home, progress, customResources = true } = options;
  await stopCluster(home);
  mkdirSync(join(home, 'logs'), { recursive: true });
  chmodSync(home, 0o700);
  const state = openState(home);
  const context: ClusterContext = {
    home,
    progress,
    started({ name, pid, startedAt, stopSignal }) {
      state.update({ processes: [...state.read().processes, { name, pid, startedAt, stopSignal }] });
    },
  };
  try {
    const limits: string[] = [];
    if (options.node) await prepareNode(context);
    const plane = await progress.step<ControlPlane>(
      'API server',
      () => startControlPlane(context, options.node ? { address: nodeAddress } : {}),
      ({ version }) => `Kubernetes ${version}`,
    );
    if (customResources) {
      const { installed, missing } = await progress.step('Custom resources', () =>
        installCrds(plane.kubeconfig),
      );
      progress.note(`  ${installed.join(', ')}`);
      for (const what of missing) limits.push(`objects of ${what} cannot be checked`);
    }
    if (options.node) limits.push(...(await startNode(context, plane)));
    else limits.push('there is no node: objects are checked and stored, but pods do not run');
    return { kubeconfig: plane.kubeconfig, version: plane.version, node: options.node, limits };
  } catch (error) {
    await stopCluster(home);
    throw error;
  }
}

/** Stops a cluster and deletes its state, except its logs. */
export async function stopCluster(home: string): Promise<boolean> {
  const state = openState(home);
  const { processes } = state.read();
  // The kubelet stops first, because it would restart containers; containerd last, because it stops them.
  const isContainerd = ({ name }: { name: string }) => name === 'containerd';
  for (const mark of processes.filter((one) => !isContainerd(one)).reverse()) await stopMarked(mark, 20_000);
  await removeNode.containers(home);
  for (const mark of processes.filter(isContainerd)) await stopMarked(mark, 20_000);
  await removeNode.rest(home);
  for (const name of ['control-plane', 'kubeconfig', 'state.json'])
    rmSync(join(home, name), { recursive: true, force: true });
  return processes.length > 0;
}
