import { all, type Manifest, podTemplateOf, selects } from './manifests.ts';

interface Peer {
  podSelector?: { matchLabels?: Record<string, string> };
  namespaceSelector?: object;
  ipBlock?: { cidr: string };
}
interface Rule {
  to?: Peer[];
  from?: Peer[];
  ports: { port: number; protocol: string }[];
}

/** Pods that a set of objects creates, by a short name: `auth-api`, `auth-migrate`, `test`, `backup`. */
export function podsOf(manifests: Manifest[]): Map<string, Record<string, string>> {
  return new Map(
    manifests.flatMap((manifest) => {
      const pod = podTemplateOf(manifest);
      if (!pod) return [];
      const { 'app.kubernetes.io/name': name, 'app.kubernetes.io/component': component } = pod.labels;
      return [[name === component ? `${name}` : `${name}-${component}`, pod.labels] as const];
    }),
  );
}

/**
 * Connections between pods of the set that the NetworkPolicies allow, both as egress of the client and as ingress
 * of the server, as `auth-api -> content-api:3000`.
 */
export function allowedInside(manifests: Manifest[]): string[] {
  const pods = [...podsOf(manifests)];
  return pods.flatMap(([caller, callerLabels]) =>
    pods.flatMap(([called, calledLabels]) => {
      const out = portsTo(rulesFor(manifests, callerLabels, 'egress'), 'to', calledLabels);
      const into = portsTo(rulesFor(manifests, calledLabels, 'ingress'), 'from', callerLabels);
      return out.filter((port) => into.includes(port)).map((port) => `${caller} -> ${called}:${port}`);
    }),
  );
}

/** Peers outside the set that a pod may reach, as `<peer> <ports>`, with the peer abbreviated. */
export function allowedOut(manifests: Manifest[], pod: string): string[] {
  return rulesFor(manifests, labelsOf(manifests, pod), 'egress')
    .filter(({ to }) => to === undefined || to.some(isOutside))
    .map(({ to, ports }) => `${peersOf(to)} ${ports.map(({ port }) => port).join(',')}`);
}

/** Peers outside the set that may reach a pod. */
export function allowedIn(manifests: Manifest[], pod: string): string[] {
  return rulesFor(manifests, labelsOf(manifests, pod), 'ingress')
    .filter(({ from }) => from === undefined || from.some(isOutside))
    .map(({ from, ports }) => `${peersOf(from)} ${ports.map(({ port }) => port).join(',')}`);
}

function labelsOf(manifests: Manifest[], pod: string): Record<string, string> {
  const labels = podsOf(manifests).get(pod);
  if (!labels) throw new Error(`there is no pod ${pod}; pods: ${[...podsOf(manifests).keys()]}`);
  return labels;
}

/** Rules of all policies that select a pod. @throws Error if none does, because such a pod is open to all. */
function rulesFor(
  manifests: Manifest[],
  labels: Record<string, string>,
  direction: 'ingress' | 'egress',
): Rule[] {
  const type = direction === 'ingress' ? 'Ingress' : 'Egress';
  const policies = all(manifests, 'NetworkPolicy').filter(
    ({ spec }) => spec.policyTypes.includes(type) && selects(spec.podSelector.matchLabels ?? {}, labels),
  );
  if (policies.length === 0) throw new Error(`no policy selects ${JSON.stringify(labels)}`);
  return policies.flatMap(({ spec }) => (spec[direction] ?? []) as Rule[]);
}

function portsTo(rules: Rule[], side: 'to' | 'from', labels: Record<string, string>): number[] {
  return rules
    .filter((rule) =>
      rule[side]?.some(
        ({ podSelector, namespaceSelector }) =>
          podSelector && !namespaceSelector && selects(podSelector.matchLabels ?? {}, labels),
      ),
    )
    .flatMap(({ ports }) => ports.map(({ port }) => port));
}

const isOutside = (peer: Peer) => Boolean(peer.ipBlock || peer.namespaceSelector);

function peersOf(peers: Peer[] | undefined): string {
  if (!peers) return 'anywhere';
  return peers
    .filter(isOutside)
    .map(({ ipBlock, namespaceSelector, podSelector }) =>
      ipBlock
        ? `${ipBlock.cidr}${'except' in ipBlock ? ' (public)' : ''}`
        : Object.values({
            ...(namespaceSelector as { matchLabels: object }).matchLabels,
            ...podSelector?.matchLabels,
          }).join('/'),
    )
    .join(' ');
}
