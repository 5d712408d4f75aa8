import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from '@lms/tools/stack/downloads';
import { endedEarly, type StartedProcess, startProcess } from '@lms/tools/stack/processes';
import type { Progress } from '@lms/tools/stack/progress';
import { type ClusterCertificates, makeCertificates } from './certificates.ts';
import { goProgram, kubernetes, versionOf } from './go-programs.ts';
import { needPackages } from './need-packages.ts';
import { apiServiceIp, serviceRange } from './service-range.ts';

/** Facts about the API server for the rest of the cluster. */
export interface ControlPlane {
  url: string;
  /** Kubeconfig of an administrator. */
  kubeconfig: string;
  version: string;
  certificates: ClusterCertificates;
}

/** Input for starting a part. */
export interface ClusterContext {
  /** Folder for the cluster's data, logs and keys, readable only by its owner. */
  home: string;
  progress: Progress;
  /** Remembers a started process, so that it can be stopped by a later run. */
  started(child: StartedProcess): void;
}

/**
 * Starts etcd (Debian's) and kube-apiserver (built from the Go module proxy) with an empty state.
 * @param options.address The address on which the API server listens: the node's, if any, so that pods reach it.
 * @throws SetupError if a program is not available.
 */
export async function startControlPlane(
  context: ClusterContext,
  options: { address?: string } = {},
): Promise<ControlPlane> {
  const { home, progress } = context;
  await needPackages({ 'etcd-server': 'etcd', openssl: 'openssl' });
  const apiserver = await goProgram(kubernetes, 'k8s.io/kubernetes/cmd/kube-apiserver', { progress });
  const folder = join(home, 'control-plane');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const address = options.address ?? '127.0.0.1';
  const certificates = makeCertificates(folder, [
    '127.0.0.1',
    apiServiceIp,
    ...(address === '127.0.0.1' ? [] : [address]),
  ]);
  const token = tokenIn(folder);
  const [etcdPort, peerPort, port] = [await freePort(), await freePort(), await freePort()];

  const start = (name: string, command: string, args: string[]) => {
    const logFile = join(home, 'logs', `${name}.log`);
    const child = startProcess({ name, command, args, cwd: folder, env: etcdEnv(), logFile });
    context.started(child);
    return { child, logFile };
  };
  const etcdUrl = `http://127.0.0.1:${etcdPort}`;
  const etcd = start('etcd', findProgram('etcd') ?? 'etcd', [
    ...[
      '--data-dir',
      join(folder, 'etcd'),
      '--listen-client-urls',
      etcdUrl,
      '--advertise-client-urls',
      etcdUrl,
    ],
    ...['--listen-peer-urls', `http://127.0.0.1:${peerPort}`, '--unsafe-no-fsync'],
  ]);
  const { child, logFile } = start('kube-apiserver', apiserver, [
    `--etcd-servers=${etcdUrl}`,
    `--secure-port=${port}`,
    // Never listens on all addresses, because the machine may be on a network.
    `--bind-address=${address}`,
    ...(options.address ? [`--advertise-address=${address}`] : []),
    `--tls-cert-file=${certificates.certFile}`,
    `--tls-private-key-file=${certificates.keyFile}`,
    `--kubelet-client-certificate=${certificates.certFile}`,
    `--kubelet-client-key=${certificates.keyFile}`,
    '--kubelet-preferred-address-types=InternalIP',
    `--service-account-key-file=${certificates.serviceAccountKeyFile}`,
    `--service-account-signing-key-file=${certificates.serviceAccountKeyFile}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-cluster-ip-range=${serviceRange}`,
    `--token-auth-file=${join(folder, 'tokens.csv')}`,
    '--authorization-mode=RBAC',
    '--allow-privileged=true',
    '--profiling=false',
  ]);
  const url = `https://${address}:${port}`;
  const kubeconfig = join(home, 'kubeconfig');
  writeKubeconfig(kubeconfig, { url, ca: certificates.cert, token });
  await Promise.race([
    waitUntilReady({ url, ca: certificates.cert, token }),
    endedEarly(child, logFile),
    endedEarly(etcd.child, etcd.logFile),
  ]);
  return { url, kubeconfig, version: versionOf(kubernetes), certificates };
}

/** A kubeconfig with one cluster and one user. */
export function writeKubeconfig(file: string, cluster: { url: string; ca: string; token: string }): void {
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'lms-test',
        cluster: {
          server: cluster.url,
          'certificate-authority-data': Buffer.from(cluster.ca).toString('base64'),
        },
      },
    ],
    users: [{ name: 'admin', user: { token: cluster.token } }],
    contexts: [{ name: 'lms-test', context: { cluster: 'lms-test', user: 'admin' } }],
    'current-context': 'lms-test',
  };
  // JSON is YAML.
  writeFileSync(file, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
}

function tokenIn(folder: string): string {
  const file = join(folder, 'tokens.csv');
  if (!existsSync(file)) {
    const token = randomBytes(24).toString('hex');
    writeFileSync(file, `${token},admin,admin,"system:masters"\n`, { mode: 0o600 });
  }
  return readFileSync(file, 'utf8').split(',')[0] as string;
}

function etcdEnv(): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    ETCD_UNSUPPORTED_ARCH: process.env.ETCD_UNSUPPORTED_ARCH,
  };
}

async function waitUntilReady(server: { url: string; ca: string; token: string }): Promise<void> {
  const deadline = performance.now() + 120_000;
  while (!(await isReady(server))) {
    if (performance.now() > deadline) throw new Error('kube-apiserver is not ready after two minutes');
    await sleep(300);
  }
}

function isReady({ url, ca, token }: { url: string; ca: string; token: string }): Promise<boolean> {
  return new Promise((resolve) => {
    const asking = request(`${url}/readyz`, {
      ca,
      headers: { authorization: `Bearer ${token}` },
      timeout: 2_000,
    });
    asking.on('response', (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asking.on('timeout', () => asking.destroy());
    asking.on('error', () => resolve(false));
    asking.end();
  });
}

/** A port of the loopback address that nothing listens on. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
