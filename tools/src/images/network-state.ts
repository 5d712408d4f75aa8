import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { findProgram } from '../stack/downloads.ts';
import { tryRun } from './run.ts';

const forwardFile = '/proc/sys/net/ipv4/ip_forward';
/** Chains and bridges that a Docker engine makes. */
const dockerMade = /\bDOCKER(-[A-Z0-9-]+)?\b|\bdocker0\b|\bbr-[0-9a-f]{12}\b/;

/** What a Docker engine changes on the machine, as it was before. */
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
 * Takes back what an engine that has stopped leaves: its chains, rules and bridge, the policy of FORWARD,
 * and IP forwarding. Rules that others made stay. Does nothing where another engine had been before.
 */
export async function restoreNetworkState(before: NetworkState): Promise<void> {
  if (before.hadDocker) return;
  const rules = (await tryRun('iptables-save', [])).stdout;
  if (dockerMade.test(rules)) {
    const input = withoutDocker(rules, before.forwardPolicy);
    const restored = await tryRun('iptables-restore', [], { input });
    if (restored.code !== 0) console.error(`iptables could not be put back: ${restored.stderr.trim()}`);
  }
  for (const name of readdirSync('/sys/class/net').filter((link) => /^(docker0|br-[0-9a-f]{12})$/.test(link)))
    if (findProgram('ip')) await tryRun('ip', ['link', 'delete', name]);
  if (before.ipForward !== readFileSync(forwardFile, 'utf8').trim())
    writeFileSync(forwardFile, before.ipForward);
}

/** The output of iptables-save without what a Docker engine made. */
export function withoutDocker(rules: string, forwardPolicy: string): string {
  let table = '';
  return rules
    .split('\n')
    .flatMap((line) => {
      if (line.startsWith('*')) table = line;
      if (dockerMade.test(line)) return [];
      return table === '*filter' ? [line.replace(/^:FORWARD \S+/, `:FORWARD ${forwardPolicy}`)] : [line];
    })
    .join('\n');
}

function filterTable(rules: string): string {
  return /^\*filter$[\s\S]*?^COMMIT$/m.exec(rules)?.[0] ?? '';
}
