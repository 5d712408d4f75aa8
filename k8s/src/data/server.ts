import { k8s } from 'cdk8s-plus-34';
import type { Construct } from 'constructs';
import { dnsRule, labelsOf, podsIn, quantities } from '../namespaces/namespace-chart.ts';

/** A backing server; all of them are built from this description. */
export interface Server {
  name: string;
  namespace: string;
  image: string;
  command?: string[];
  args?: string[];
  env?: k8s.EnvVar[];
  /** Ports that clients use, by name. */
  ports: Record<string, number>;
  /** Ports that only its own pods use. */
  peerPorts?: Record<string, number>;
  /** Namespaces whose pods may reach `ports`. */
  clients: string[];
  /** Servers of the same namespace that it connects to, as name and port. */
  calls?: { name: string; port: number }[];
  /** Numeric user and group of the image. */
  user: number;
  replicas?: number;
  requests: { cpu: string; memory: string };
  memoryLimit: string;
  /** Mount path and size of the data volume; without one, data is lost with the pod. */
  data?: { path: string; storage: string };
  /** Other folders that the image writes to, each an emptyDir. */
  writable: string[];
  initCommand?: string[];
  ready: k8s.ExecAction | k8s.TcpSocketAction | k8s.HttpGetAction;
  graceSeconds: number;
}

/** Adds a StatefulSet, its Services, the NetworkPolicy, and with several pods a disruption budget. */
export function addServer(scope: Construct, server: Server): void {
  const { name, namespace, replicas = 1 } = server;
  const metadata = { name, namespace, labels: labelsOf(name) };
  const matchLabels = { 'app.kubernetes.io/name': name, 'app.kubernetes.io/part-of': 'lms' };
  const servicePorts = (ports: Record<string, number>): k8s.ServicePort[] =>
    Object.entries(ports).map(([portName, port]) => ({
      name: portName,
      port,
      targetPort: k8s.IntOrString.fromString(portName),
      protocol: 'TCP',
    }));

  new k8s.KubeService(scope, `${name}-service`, {
    metadata,
    spec: { selector: matchLabels, ports: servicePorts(server.ports) },
  });
  new k8s.KubeService(scope, `${name}-pods`, {
    metadata: { ...metadata, name: `${name}-pods` },
    spec: {
      clusterIp: 'None',
      // Pods of a quorum must find each other before any of them is ready.
      publishNotReadyAddresses: true,
      selector: matchLabels,
      ports: servicePorts({ ...server.ports, ...server.peerPorts }),
    },
  });
  new k8s.KubeStatefulSet(scope, `${name}-pods-set`, {
    metadata,
    spec: {
      serviceName: `${name}-pods`,
      replicas,
      podManagementPolicy: 'Parallel',
      selector: { matchLabels },
      template: { metadata: { labels: labelsOf(name) }, spec: podSpecOf(server) },
      ...(server.data ? { volumeClaimTemplates: [claimOf(server.data, name)] } : {}),
    },
  });
  new k8s.KubeNetworkPolicy(scope, `${name}-network`, { metadata, spec: networkOf(server, matchLabels) });
  if (replicas > 1) {
    new k8s.KubePodDisruptionBudget(scope, `${name}-budget`, {
      metadata,
      spec: { maxUnavailable: k8s.IntOrString.fromNumber(1), selector: { matchLabels } },
    });
  }
}

function claimOf(data: { storage: string }, name: string): k8s.KubePersistentVolumeClaimProps {
  return {
    metadata: { name: 'data', labels: labelsOf(name) },
    spec: {
      accessModes: ['ReadWriteOnce'],
      resources: { requests: quantities({ storage: data.storage }) },
    },
  };
}

function podSpecOf(server: Server): k8s.PodSpec {
  const { name, image, user, data, ready } = server;
  const securityContext: k8s.SecurityContext = {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    runAsNonRoot: true,
    capabilities: { drop: ['ALL'] },
  };
  const resources: k8s.ResourceRequirements = {
    requests: quantities(server.requests),
    limits: quantities({ memory: server.memoryLimit }),
  };
  const volumeName = (path: string) => path.replaceAll('/', '-').slice(1);
  const volumeMounts = [
    ...(data ? [{ name: 'data', mountPath: data.path }] : []),
    ...server.writable.map((path) => ({ name: volumeName(path), mountPath: path })),
  ];
  const probe = probeOf(ready);
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: server.graceSeconds,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: user,
      runAsGroup: user,
      fsGroup: user,
      fsGroupChangePolicy: 'OnRootMismatch',
      seccompProfile: { type: 'RuntimeDefault' },
    },
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: 'kubernetes.io/hostname',
        whenUnsatisfiable: 'ScheduleAnyway',
        labelSelector: { matchLabels: { 'app.kubernetes.io/name': name } },
      },
    ],
    ...(server.initCommand
      ? {
          initContainers: [
            { name: 'prepare', image, command: server.initCommand, securityContext, resources, volumeMounts },
          ],
        }
      : {}),
    containers: [
      {
        name,
        image,
        ...(server.command ? { command: server.command } : {}),
        ...(server.args ? { args: server.args } : {}),
        ...(server.env ? { env: server.env } : {}),
        ports: Object.entries({ ...server.ports, ...server.peerPorts }).map(([portName, containerPort]) => ({
          name: portName,
          containerPort,
          protocol: 'TCP',
        })),
        startupProbe: { ...probe, periodSeconds: 3, timeoutSeconds: 5, failureThreshold: 60 },
        readinessProbe: { ...probe, periodSeconds: 5, timeoutSeconds: 5, failureThreshold: 3 },
        livenessProbe: { ...probe, periodSeconds: 20, timeoutSeconds: 10, failureThreshold: 6 },
        resources,
        securityContext,
        volumeMounts,
      },
    ],
    volumes: server.writable.map((path) => ({ name: volumeName(path), emptyDir: {} })),
  };
}

function probeOf(ready: Server['ready']): Pick<k8s.Probe, 'exec' | 'tcpSocket' | 'httpGet'> {
  if ('command' in ready) return { exec: ready };
  return 'path' in ready ? { httpGet: ready } : { tcpSocket: ready as k8s.TcpSocketAction };
}

function networkOf(server: Server, matchLabels: Record<string, string>): k8s.NetworkPolicySpec {
  const portsOf = (ports: Record<string, number>): k8s.NetworkPolicyPort[] =>
    Object.values(ports).map((port) => ({ port: k8s.IntOrString.fromNumber(port), protocol: 'TCP' }));
  const own: k8s.NetworkPolicyPeer = { podSelector: { matchLabels } };
  const all = portsOf({ ...server.ports, ...server.peerPorts });
  return {
    podSelector: { matchLabels },
    policyTypes: ['Ingress', 'Egress'],
    ingress: [
      { from: server.clients.map((namespace) => podsIn(namespace)), ports: portsOf(server.ports) },
      ...(server.peerPorts ? [{ from: [own], ports: all }] : []),
    ],
    egress: [
      ...(server.peerPorts || server.calls ? [dnsRule] : []),
      ...(server.peerPorts ? [{ to: [own], ports: all }] : []),
      ...(server.calls ?? []).map(({ name, port }) => ({
        to: [{ podSelector: { matchLabels: { 'app.kubernetes.io/name': name } } }],
        ports: portsOf({ port }),
      })),
    ],
  };
}

/** A variable from a key of a Secret. */
export const fromSecret = (name: string, secret: string, key: string): k8s.EnvVar => ({
  name,
  valueFrom: { secretKeyRef: { name: secret, key } },
});
