import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { descendantsOf } from '@lms/tools/stack/process-table';
import { endedEarly, startProcess, tailOf } from '@lms/tools/stack/processes';
import { run, tryRun } from '../images/run.ts';
import type { ClusterContext } from './control-plane.ts';
import { bridge, podRange } from './node-network.ts';
import { pauseImage } from './pause-image.ts';

/** Starts Debian's containerd with its data in the cluster's folder; returns the path of its socket. */
export async function startContainerd({ home, started }: ClusterContext): Promise<string> {
  const folder = join(home, 'containerd');
  const cni = join(folder, 'net.d');
  mkdirSync(cni, { recursive: true });
  writeFileSync(join(cni, '10-lms.conflist'), JSON.stringify(networkConfig(folder), null, 2));
  const socket = socketOf(home);
  writeFileSync(
    join(folder, 'config.toml'),
    `version = 2
root = "${folder}/root"
state = "${folder}/state"
[grpc]
  address = "${socket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  # Where the machine itself is a container, it may not make itself less likely to be killed.
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${cni}"
`,
  );
  const logFile = join(home, 'logs/containerd.log');
  const child = startProcess({
    name: 'containerd',
    command: '/usr/bin/containerd',
    args: ['--config', join(folder, 'config.toml')],
    cwd: folder,
    logFile,
  });
  started(child);
  const deadline = performance.now() + 60_000;
  while (!existsSync(socket) || (await ctr(home, ['version'])).code !== 0) {
    if (child.hasExited()) await endedEarly(child, logFile);
    if (performance.now() > deadline)
      throw new Error(`containerd does not answer within a minute:\n${tailOf(logFile)}`);
    await sleep(200);
  }
  return socket;
}

/** Imports an image archive (`docker save`), so that pods find the image under its name. */
export async function importImage(home: string, archive: string): Promise<void> {
  await run('ctr', [...ctrArgs(home), 'images', 'import', archive], { timeoutMs: 300_000 });
}

/** Stops every container and its shim, because shims outlive containerd. */
export async function endContainers(home: string): Promise<void> {
  if (existsSync(socketOf(home))) {
    const { stdout } = await ctr(home, ['tasks', 'list', '-q']);
    for (const id of stdout.split('\n').filter(Boolean)) {
      await ctr(home, ['tasks', 'rm', '--force', id]);
      await ctr(home, ['containers', 'rm', id]);
    }
  }
  for (const pid of shimsOf(home)) {
    for (const target of [...descendantsOf(pid), pid]) {
      try {
        process.kill(target, 'SIGKILL');
      } catch {
        // It has ended in the meantime.
      }
    }
  }
}

/** Shims of this cluster's containerd, also of one that has ended, found by the socket they name. */
function shimsOf(home: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
        return words[0]?.includes('containerd-shim') && words.includes(socketOf(home));
      } catch {
        return false;
      }
    })
    .map(Number);
}

const socketOf = (home: string) => join(home, 'containerd/containerd.sock');
const ctrArgs = (home: string) => ['--address', socketOf(home), '--namespace', 'k8s.io'];
const ctr = (home: string, args: string[]) =>
  tryRun('ctr', [...ctrArgs(home), ...args], { timeoutMs: 20_000 });

/** One bridge for all pods, through which a pod reaches every other pod and the node as its gateway. */
function networkConfig(folder: string): object {
  return {
    cniVersion: '0.4.0',
    name: 'lms',
    plugins: [
      {
        type: 'bridge',
        bridge,
        isGateway: true,
        hairpinMode: true,
        ipam: {
          type: 'host-local',
          ranges: [[{ subnet: podRange }]],
          routes: [{ dst: '0.0.0.0/0' }],
          dataDir: join(folder, 'addresses'),
        },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  };
}
