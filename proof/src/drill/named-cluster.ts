import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { kubectlPath, runKubectl } from '@lms/k8s/kube/helm';
import { type Progress, SetupError } from '@lms/tools/stack/progress';
import { run } from '../images/run.ts';
import {
  applyServers,
  clusterTools,
  type DrillCluster,
  dataNamespace,
  loadImages,
  namespace,
  removeServers,
} from './drill-cluster.ts';

const forwardTimeoutMs = 30_000;

/** Program and arguments that load an image archive, whose path comes last, into a cluster. */
export type ImageLoader = (archive: string) => [program: string, ...args: string[]];

/**
 * Returns the command that loads images into the cluster of a context without a registry. kind, k3d and minikube
 * have one and are recognised by the names of their contexts. Any other cluster needs a custom command.
 * @throws SetupError if there is none.
 */
export function imageLoaderOf(context: string, command?: string): ImageLoader {
  if (command) return (archive) => ['sh', '-c', `${command} "$1"`, 'sh', archive];
  const [, tool, name = ''] = /^(kind|k3d)-(.+)$/.exec(context) ?? [];
  if (tool === 'kind') return (archive) => ['kind', 'load', 'image-archive', '--name', name, archive];
  if (tool === 'k3d') return (archive) => ['k3d', 'image', 'import', '--cluster', name, archive];
  if (context === 'minikube') return (archive) => ['minikube', 'image', 'load', archive];
  throw new SetupError(
    `context ${context} is not one of kind (kind-…), k3d (k3d-…) or minikube: use --load '<command>' to say how an image archive is loaded into its nodes`,
  );
}

/**
 * Uses an existing cluster, by its context in KUBECONFIG, for the drill: loads images and installs servers, and
 * removes them with `close`. A cluster that already has a namespace of the same name is refused, because it may
 * contain data.
 */
export async function takeNamedCluster(
  options: { home: string; context: string; load?: string; keep?: boolean },
  progress: Progress,
): Promise<DrillCluster> {
  const { home, context, keep = false } = options;
  const loader = imageLoaderOf(context, options.load);
  const kubeconfig = await kubeconfigOf(home, context);
  const tools = clusterTools(kubeconfig);
  const forwards: ChildProcess[] = [];
  let touched = false;
  const close = async () => {
    for (const forward of forwards) forward.kill('SIGTERM');
    try {
      if (touched && !keep) await removeServers(tools.kubectl);
    } finally {
      // It holds the credentials of the cluster.
      rmSync(kubeconfig, { force: true });
    }
  };
  let version = '';
  try {
    version = await progress.step(`Cluster ${context}`, () => inspect(context, tools.kubectl));
    await loadImages(home, progress, (archive) => {
      const [program, ...args] = loader(archive);
      return run(program, args, { timeoutMs: 900_000 });
    });
    touched = true;
    await progress.step('Servers', () => applyServers(tools.kubectl));
  } catch (error) {
    await close();
    throw error;
  }
  return {
    ...tools,
    version,
    limits: [`how the network plugin of ${context} treats NetworkPolicies`],
    async addressOf(service, inNamespace, port) {
      const forward = await startForward(kubeconfig, service, inNamespace, port);
      forwards.push(forward.process);
      return { host: '127.0.0.1', port: forward.port };
    },
    close,
  };
}

/** A kubeconfig with a single context, so that the drill cannot reach another cluster. */
async function kubeconfigOf(home: string, context: string): Promise<string> {
  const view = ['config', 'view', '--raw', '--minify', '--flatten', '--context', context];
  const text = await runKubectl(view).catch((error: Error) => {
    throw new SetupError(`KUBECONFIG has no usable context ${context}: ${error.message}`);
  });
  mkdirSync(home, { recursive: true });
  const file = join(home, 'drill-kubeconfig');
  rmSync(file, { force: true });
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

/** Returns the version of the server. @throws SetupError if the drill may not or cannot run there. */
async function inspect(context: string, kubectl: DrillCluster['kubectl']): Promise<string> {
  const { serverVersion } = JSON.parse(await kubectl(['version', '-o', 'json'])) as {
    serverVersion: { gitVersion: string };
  };
  const taken = (await kubectl(['get', 'namespaces', '-o', 'jsonpath={.items[*].metadata.name}']))
    .split(/\s+/)
    .filter((name) => [namespace, dataNamespace, 'traefik'].includes(name));
  if (taken.length > 0)
    throw new SetupError(
      `cluster ${context} has the namespace ${taken.join(' and ')} already: the drill needs a cluster without the product`,
    );
  const classes = await kubectl(['get', 'storageclasses', '-o', 'json']);
  if (!classes.includes('"storageclass.kubernetes.io/is-default-class": "true"'))
    throw new SetupError(`cluster ${context} has no default StorageClass: the servers need volumes`);
  return serverVersion.gitVersion.replace(/^v/, '');
}

/** Forwards a free port of this machine to a service whose pod stays the same while the drill runs. */
async function startForward(
  kubeconfig: string,
  service: string,
  inNamespace: string,
  port: number,
): Promise<{ process: ChildProcess; port: number }> {
  const args = ['port-forward', '-n', inNamespace, `service/${service}`, `:${port}`];
  const child = spawn(await kubectlPath(), ['--kubeconfig', kubeconfig, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ? `signal ${signal}` : `exit code ${code}`));
  });
  const timer = setTimeout(() => child.kill('SIGTERM'), forwardTimeoutMs);
  for await (const line of createInterface({ input: child.stdout })) {
    const found = /^Forwarding from 127\.0\.0\.1:(\d+)/.exec(line)?.[1];
    if (!found) continue;
    clearTimeout(timer);
    child.stdout.resume();
    return { process: child, port: Number(found) };
  }
  clearTimeout(timer);
  const why = `${await ended}; the limit is ${forwardTimeoutMs / 1000} s`;
  throw new Error(`kubectl port-forward to ${service} in ${inNamespace} did not start (${why})`);
}
