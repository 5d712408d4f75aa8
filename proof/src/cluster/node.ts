import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runKubectl } from '@lms/k8s/kube/helm';
import { cacheDir } from '@lms/tools/stack/downloads';
import { startProcess } from '@lms/tools/stack/processes';
import { SetupError } from '@lms/tools/stack/progress';
import { tryRun } from '../images/run.ts';
import { endContainers, importImage, startContainerd } from './containerd.ts';
import { type ClusterContext, type ControlPlane, freePort } from './control-plane.ts';
import { coredns, goProgram, kubernetes, versionOf } from './go-programs.ts';
import { needPackages } from './need-packages.ts';
import { nodeAddress, raiseNetwork, removeNetwork } from './node-network.ts';
import { buildPauseImage } from './pause-image.ts';

const programs = ['kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy'];

/**
 * Prepares a node on this machine: programs, packages and network.
 * @throws SetupError if this machine cannot be a node.
 */
export async function prepareNode({ progress }: ClusterContext): Promise<void> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    throw new SetupError(
      'A node on this machine needs Linux and root; or name another cluster in KUBECONFIG.',
    );
  await needPackages({
    containerd: '/usr/bin/containerd',
    runc: 'runc',
    'containernetworking-plugins': '/usr/lib/cni/bridge',
    iptables: 'iptables',
    iproute2: 'ip',
    conntrack: 'conntrack',
  });
  for (const name of programs) await goProgram(kubernetes, `k8s.io/kubernetes/cmd/${name}`, { progress });
  await goProgram(coredns, 'github.com/coredns/coredns', { progress });
  await raiseNetwork();
}

/**
 * Starts a node next to the API server, and waits until it accepts pods.
 * @returns Differences from a real cluster, one sentence each.
 */
export async function startNode(context: ClusterContext, plane: ControlPlane): Promise<string[]> {
  const { home, progress, started } = context;
  const socket = await progress.step('containerd', () => startContainerd(context));
  await importImage(home, await buildPauseImage(join(home, 'containerd')));
  const kubeconfig = ['--kubeconfig', plane.kubeconfig];
  const start = async (name: string, args: string[]) => {
    const command = join(cacheDir(), `kubernetes-${versionOf(kubernetes)}`, name);
    started(startProcess({ name, command, args, cwd: home, logFile: join(home, 'logs', `${name}.log`) }));
  };
  const { certFile, serviceAccountKeyFile } = plane.certificates;
  const local = async () => [
    '--bind-address=127.0.0.1',
    `--secure-port=${await freePort()}`,
    '--leader-elect=false',
  ];
  await start('kube-controller-manager', [
    ...[...kubeconfig, ...(await local()), '--service-account-private-key-file', serviceAccountKeyFile],
    ...['--root-ca-file', certFile, '--use-service-account-credentials=false'],
  ]);
  await start('kube-scheduler', [...kubeconfig, ...(await local())]);
  await start('kubelet', [
    ...[
      ...kubeconfig,
      '--config',
      writeKubeletConfig(home, socket, certFile),
      '--root-dir',
      join(home, 'kubelet'),
    ],
    ...['--cert-dir', join(home, 'kubelet-certs'), '--hostname-override=lms-node', '--node-ip', nodeAddress],
  ]);
  await start('kube-proxy', ['--config', await writeProxyConfig(home, plane.kubeconfig)]);
  startDns(context, plane.kubeconfig);
  await progress.step('Node', () => waitForNode(plane.kubeconfig));
  return [
    'NetworkPolicies are accepted and not enforced: the network plugin is the bridge',
    'there is no metrics server: HorizontalPodAutoscalers do not scale',
    'there is no ingress controller and no load balancer; storage classes have no provisioner',
  ];
}

function writeKubeletConfig(home: string, socket: string, clientCa: string): string {
  const resolvConf = join(home, 'resolv.conf');
  writeFileSync(resolvConf, '');
  const config = {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: false },
      x509: { clientCAFile: clientCa },
    },
    authorization: { mode: 'AlwaysAllow' },
    address: nodeAddress,
    healthzPort: 0,
    readOnlyPort: 0,
    containerRuntimeEndpoint: `unix://${socket}`,
    cgroupDriver: 'cgroupfs',
    // Some machines still use cgroups v1.
    failCgroupV1: false,
    failSwapOn: false,
    enforceNodeAllocatable: [],
    clusterDomain: 'cluster.local',
    clusterDNS: [nodeAddress],
    resolvConf,
    makeIPTablesUtilChains: false,
    // The disk belongs to the machine, so the node ignores how full it is.
    evictionHard: { 'memory.available': '50Mi' },
    imageGCHighThresholdPercent: 100,
    maxPods: 200,
    serializeImagePulls: false,
  };
  return writeJson(join(home, 'kubelet.json'), config);
}

async function writeProxyConfig(home: string, kubeconfig: string): Promise<string> {
  return writeJson(join(home, 'kube-proxy.json'), {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'iptables',
    clientConnection: { kubeconfig },
    hostnameOverride: 'lms-node',
    // Replies of a pod on the same bridge would otherwise bypass the node and the service's address.
    iptables: { masqueradeAll: true, minSyncPeriod: '100ms' },
    healthzBindAddress: `127.0.0.1:${await freePort()}`,
    metricsBindAddress: `127.0.0.1:${await freePort()}`,
    // The kernel's settings belong to the machine, so they are not changed.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: '0s', tcpCloseWaitTimeout: '0s' },
  });
}

/** Starts CoreDNS on the node's address; it resolves the names of services for pods, and nothing else. */
function startDns({ home, started }: ClusterContext, kubeconfig: string): void {
  const corefile = join(home, 'Corefile');
  writeFileSync(
    corefile,
    `.:53 {
  bind ${nodeAddress}
  errors
  kubernetes cluster.local in-addr.arpa {
    kubeconfig ${kubeconfig}
    ttl 2
  }
}
`,
  );
  const command = join(cacheDir(), `coredns-${versionOf(coredns)}`, 'coredns');
  const logFile = join(home, 'logs/coredns.log');
  started(startProcess({ name: 'coredns', command, args: ['-conf', corefile], cwd: home, logFile }));
}

async function waitForNode(kubeconfig: string): Promise<void> {
  const args = ['wait', '--for=condition=Ready', 'node/lms-node', '--timeout=5s'];
  const deadline = performance.now() + 180_000;
  for (;;) {
    try {
      await runKubectl(args, { env: { ...process.env, KUBECONFIG: kubeconfig } });
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(500);
    }
  }
}

function writeJson(file: string, value: object): string {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
  return file;
}

/** Removes what a node leaves: containers while containerd is running, the rest after it has ended. */
export const removeNode = {
  containers: (home: string): Promise<void> =>
    process.platform === 'linux' ? endContainers(home) : Promise.resolve(),
  async rest(home: string): Promise<void> {
    if (!existsSync(join(home, 'containerd'))) return;
    const proxy = join(cacheDir(), `kubernetes-${versionOf(kubernetes)}`, 'kube-proxy');
    if (existsSync(proxy)) await tryRun(proxy, ['--cleanup'], { timeoutMs: 60_000 });
    await removeNetwork();
    for (const path of mountsBelow(home)) await tryRun('umount', ['--lazy', path]);
    for (const name of ['containerd', 'kubelet', 'kubelet-certs'])
      rmSync(join(home, name), { recursive: true, force: true });
    for (const folder of cgroupsOfPods()) removeEmpty(folder);
  },
};

function mountsBelow(home: string): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((path) => path.startsWith(`${home}/`))
    .reverse();
}

function cgroupsOfPods(): string[] {
  const root = '/sys/fs/cgroup';
  const names = ['kubepods', ...readdirSync(root).map((name) => join(name, 'kubepods'))];
  return names.map((name) => join(root, name)).filter((folder) => existsSync(folder));
}

/** Removes control groups from the innermost; those in use stay. */
function removeEmpty(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true }))
    if (entry.isDirectory()) removeEmpty(join(folder, entry.name));
  try {
    rmdirSync(folder);
  } catch {
    // Used by pods of another cluster.
  }
}
