import { readFileSync, writeFileSync } from 'node:fs';
import { run, tryRun } from '../images/run.ts';
import { serviceRange } from './service-range.ts';

/** The node's bridge, which is also its address: pods, kubelet, API server and DNS meet here. */
export const bridge = 'lms0';
export const nodeAddress = '10.244.0.1';
export const podRange = '10.244.0.0/16';

const forwarding = '/proc/sys/net/ipv4/ip_forward';
/** Lets pods reach each other and services through the node, whatever else has rules here. */
const rules = [
  ['FORWARD', '-i', bridge, '-j', 'ACCEPT'],
  ['FORWARD', '-o', bridge, '-j', 'ACCEPT'],
];

/** Makes the bridge with the node's address. Nothing of it leads out of the machine. */
export async function raiseNetwork(): Promise<void> {
  await removeNetwork();
  await run('ip', ['link', 'add', bridge, 'type', 'bridge']);
  await run('ip', ['addr', 'add', `${nodeAddress}/16`, 'dev', bridge]);
  await run('ip', ['link', 'set', bridge, 'up']);
  // So that the machine itself may ask services too, also without a way to anywhere.
  await run('ip', ['route', 'add', serviceRange, 'dev', bridge]);
  if (readFileSync(forwarding, 'utf8').trim() !== '1') writeFileSync(forwarding, '1');
  for (const rule of rules) await run('iptables', ['-w', '-I', ...rule]);
}

/** Takes away what raiseNetwork and the pods made. */
export async function removeNetwork(): Promise<void> {
  for (const rule of rules) {
    for (let i = 0; i < 5 && (await tryRun('iptables', ['-w', '-D', ...rule])).code === 0; i += 1);
  }
  // The kubelet's own, which nothing takes away when it ends.
  for (const chain of ['INPUT', 'OUTPUT'])
    await tryRun('iptables', ['-w', '-D', chain, '-j', 'KUBE-FIREWALL']);
  for (const action of ['-F', '-X']) await tryRun('iptables', ['-w', action, 'KUBE-FIREWALL']);
  await tryRun('ip', ['link', 'del', bridge]);
}
