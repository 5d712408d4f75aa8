import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { findProgram } from '@lms/tools/stack/downloads';
import { tryRun } from './run.ts';

const forwardFile = '/proc/sys/net/ipv4/ip_forward';
/** Chains and bridges that a Docker engine creates. */
const dockerMade = /\bDOCKER(-[A-Z0-9-]+)?\b|\bdocker0\b|\bbr-[0-9a-f]{12}\b/;

/** The state of the machine before a Docker engine changes it. */
export interface NetworkState {
  ipForward: string;
  forwardPolicy: string;
  hadDocker: boolean;
}

export async function readNetworkState(): Promise<NetworkState> {
  const rules = (await tryRun('iptables-save', [])).stdout;
  return {
    ipForward: readFileSync(forwardFile, 'utf8').trim(),
    forwardPolicy: /^:FORWARD (\S+)/m.exec(filterTable(rules))?.[1] ?? 'ACCEPT',
    hadDocker: dockerMade.test(rules) || readdirSync('/sys/class/net').includes('docker0'),
  };
}

/**
 * Removes what a stopped engine leaves behind: its chains, rules and bridge, the policy of FORWARD, and IP forwarding.
 * Other rules stay. Does nothing if the machine had an engine before.
 */
export async function restoreNetworkState(before: NetworkState): Promise<void> {
  if (before.hadDocker) return;
  const rules = (await tryRun('iptables-save', [])).stdout;
  if (dockerMade.test(rules)) {
    const input = dockerRemoval(rules, before.forwardPolicy);
    // Does not restore all previous rules, because another program may be changing its own.
    const restored = await tryRun('iptables-restore', ['--noflush'], { input });
    if (restored.code !== 0) console.error(`iptables could not be restored: ${restored.stderr.trim()}`);
  }
  for (const name of readdirSync('/sys/class/net').filter((link) => /^(docker0|br-[0-9a-f]{12})$/.test(link)))
    if (findProgram('ip')) await tryRun('ip', ['link', 'delete', name]);
  if (before.ipForward !== readFileSync(forwardFile, 'utf8').trim())
    writeFileSync(forwardFile, before.ipForward);
}

/** Converts the output of iptables-save to input of `iptables-restore --noflush` that removes an engine's rules. */
export function dockerRemoval(rules: string, forwardPolicy: string): string {
  return rules
    .split(/^(?=\*)/m)
    .filter((table) => table.startsWith('*') && dockerMade.test(table))
    .map((table) => {
      const chains = [...table.matchAll(/^:(DOCKER[A-Z0-9-]*) /gm)].map((match) => match[1] as string);
      const references = table
        .split('\n')
        .filter((line) => dockerMade.test(line) && !line.startsWith(':'))
        .filter((line) => !chains.some((chain) => line.startsWith(`-A ${chain} `)));
      return [
        table.split('\n', 1)[0],
        ...(table.startsWith('*filter') ? [`:FORWARD ${forwardPolicy} [0:0]`] : []),
        ...references.map((line) => line.replace(/^-A/, '-D')),
        ...chains.map((chain) => `-F ${chain}`),
        ...chains.map((chain) => `-X ${chain}`),
        'COMMIT\n',
      ].join('\n');
    })
    .join('');
}

function filterTable(rules: string): string {
  return /^\*filter$[\s\S]*?^COMMIT$/m.exec(rules)?.[0] ?? '';
}
