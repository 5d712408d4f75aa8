import { Chart } from 'cdk8s';
import { k8s } from 'cdk8s-plus-34';
import type { Construct } from 'constructs';
import type { Quota } from '../environments/environment.ts';

export const commonLabels = { 'app.kubernetes.io/part-of': 'lms', 'app.kubernetes.io/managed-by': 'cdk8s' };

/** Labels of an object; `name` is its purpose. */
export const labelsOf = (name: string) => ({ 'app.kubernetes.io/name': name, ...commonLabels });

/**
 * A namespace that accepts only pods that meet Pod Security "restricted", that has a quota, and in which no
 * pod may connect to another until a policy allows it.
 */
export class NamespaceChart extends Chart {
  constructor(scope: Construct, namespace: string, options: { quota: Quota; ingressNamespace: string }) {
    super(scope, `namespace-${namespace}`, { labels: commonLabels });
    new k8s.KubeNamespace(this, 'namespace', {
      metadata: { name: namespace, labels: podSecurityLabels },
    });
    const { quota, ingressNamespace } = options;
    new k8s.KubeResourceQuota(this, 'quota', {
      metadata: { name: 'lms', namespace, labels: labelsOf('quota') },
      spec: {
        hard: Object.fromEntries(
          Object.entries({
            'requests.cpu': quota.cpu,
            'requests.memory': quota.memory,
            'limits.memory': quota.memoryLimit,
            pods: String(quota.pods),
            // Traffic from outside comes through the ingress controller.
            'services.nodeports': '0',
            'services.loadbalancers': '0',
          }).map(([name, value]) => [name, k8s.Quantity.fromString(value)]),
        ),
      },
    });
    new k8s.KubeLimitRange(this, 'limits', {
      metadata: { name: 'lms', namespace, labels: labelsOf('limits') },
      spec: {
        limits: [
          {
            type: 'Container',
            // For third-party pods such as cert-manager's solver: a quota refuses a pod without requests and limits.
            defaultRequest: quantities({ cpu: '10m', memory: '32Mi' }),
            default: quantities({ memory: '128Mi' }),
            max: quantities({ memory: '4Gi' }),
          },
        ],
      },
    });
    new k8s.KubeNetworkPolicy(this, 'default-deny', {
      metadata: { name: 'default-deny', namespace, labels: labelsOf('default-deny') },
      spec: { podSelector: {}, policyTypes: ['Ingress', 'Egress'] },
    });
    new k8s.KubeNetworkPolicy(this, 'acme-solver', {
      metadata: { name: 'acme-solver', namespace, labels: labelsOf('acme-solver') },
      spec: {
        podSelector: { matchLabels: { 'acme.cert-manager.io/http01-solver': 'true' } },
        policyTypes: ['Ingress', 'Egress'],
        ingress: [
          {
            from: [podsIn(ingressNamespace)],
            ports: [{ port: k8s.IntOrString.fromNumber(8089), protocol: 'TCP' }],
          },
        ],
      },
    });
  }
}

const podSecurityLabels = Object.fromEntries(
  ['enforce', 'audit', 'warn'].map((mode) => [`pod-security.kubernetes.io/${mode}`, 'restricted']),
);

export const quantities = (values: Record<string, string>): Record<string, k8s.Quantity> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [name, k8s.Quantity.fromString(value)]));

/** All pods of a namespace, as a peer. */
export const podsIn = (namespace: string, matchLabels?: Record<string, string>): k8s.NetworkPolicyPeer => ({
  namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
  ...(matchLabels ? { podSelector: { matchLabels } } : {}),
});

/** The pods of the cluster's DNS. */
export const dnsRule: k8s.NetworkPolicyEgressRule = {
  to: [podsIn('kube-system', { 'k8s-app': 'kube-dns' })],
  ports: ['UDP', 'TCP'].map((protocol) => ({ port: k8s.IntOrString.fromNumber(53), protocol })),
};
