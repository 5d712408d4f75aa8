import { readFileSync, writeFileSync } from 'node:fs';
import { run, tryRun } from '../images/run.ts';
import { serviceRange } from './service-range.ts';

/** The node's bridge, which carries its address; pods, kubelet, API server and DNS use it. */
export const bridge = 'lms0';
export const nodeAddress = '10.244.0.1';
export const podRange = '10.244.0.0/16';

const forwarding = '/proc/sys/net/ipv4/ip_forward';
/** Rules that let pods reach each other and services through the node, regardless of other rules. */
const rules = [
  ['FORWARD', '-i', bridge, '-j', 'ACCEPT'],
  ['FORWARD', '-o', bridge, '-j', 'ACCEPT'],
];

/** Creates the bridge with the node's address. It does not connect to other machines. */
export async function raiseNetwork(): Promise<void> {
  await removeNetwork();
  await run('ip', ['link', 'add', bridge, 'type', 'bridge']);
  await run('ip', ['addr', 'add', `${nodeAddress}/16`, 'dev', bridge]);
  await run('ip', ['link', 'set', bridge, 'up']);
  // Lets the machine itself reach services, even without a default route.
  await run('ip', ['route', 'add', serviceRange, 'dev', bridge]);
  if (readFileSync(forwarding, 'utf8').trim() !== '1') writeFileSync(forwarding, '1');
  for (const rule of rules) await run('iptables', ['-w', '-I', ...rule]);
}

/** Removes what raiseNetwork and the pods created. */
export async function removeNetwork(): Promise<void> {
  for (const rule of rules) {
    for (let i = 0; i < 5 && (await tryRun('iptables', ['-w', '-D', ...rule])).code === 0; i += 1);
  }
  // The kubelet does not remove its own rules when it ends.
  for (const chain of ['INPUT', 'OUTPUT'])
    await tryRun('iptables', ['-w', '-D', chain, '-j', 'KUBE-FIREWALL']);
  for (const action of ['-F', '-X']) await tryRun('iptables', ['-w', action, 'KUBE-FIREWALL']);
  await tryRun('ip', ['link', 'del', bridge]);
}
