import { ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-34';
import type { Construct } from 'constructs';
import type { BackingServers } from '../environments/environment.ts';
import { labelsOf, podsIn } from '../namespaces/namespace-chart.ts';
import { images } from './images.ts';
import { addServer } from './server.ts';

/** Kafka as `kafka:9092`, KRaft: each pod is broker and controller. */
export function addKafka(scope: Construct, servers: BackingServers, clients: string[]): void {
  if (servers.operators.strimzi) addCluster(scope, servers, clients);
  else addBrokers(scope, servers, clients);
}

function addBrokers(scope: Construct, servers: BackingServers, clients: string[]): void {
  const { storage, brokers, heapMb } = servers.kafka;
  const domain = `kafka-pods.${servers.namespace}.svc.cluster.local`;
  const voters = Array.from({ length: brokers }, (_, id) => `${id}@kafka-${id}.${domain}:9093`);
  const settings: Record<string, string> = {
    CLUSTER_ID: 'bG1zLWs4cy1rYWZrYS0xMg',
    KAFKA_PROCESS_ROLES: 'broker,controller',
    KAFKA_LISTENERS: 'PLAINTEXT://:9092,CONTROLLER://:9093',
    KAFKA_ADVERTISED_LISTENERS: `PLAINTEXT://$(POD_NAME).${domain}:9092`,
    KAFKA_LISTENER_SECURITY_PROTOCOL_MAP: 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    KAFKA_INTER_BROKER_LISTENER_NAME: 'PLAINTEXT',
    KAFKA_CONTROLLER_LISTENER_NAMES: 'CONTROLLER',
    KAFKA_CONTROLLER_QUORUM_VOTERS: voters.join(','),
    KAFKA_LOG_DIRS: '/var/lib/kafka/data/log',
    KAFKA_HEAP_OPTS: `-Xms${Math.round(heapMb / 2)}m -Xmx${heapMb}m`,
    ...Object.fromEntries(
      Object.entries(clusterSettings(brokers)).map(([name, value]) => [
        `KAFKA_${name.toUpperCase().replaceAll('.', '_')}`,
        value,
      ]),
    ),
  };
  addServer(scope, {
    name: 'kafka',
    namespace: servers.namespace,
    image: images.kafka,
    env: [
      { name: 'POD_NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      // The node's id is the ordinal of the pod: kafka-0 is node 0.
      {
        name: 'KAFKA_NODE_ID',
        valueFrom: { fieldRef: { fieldPath: "metadata.labels['apps.kubernetes.io/pod-index']" } },
      },
      ...Object.entries(settings).map(([name, value]) => ({ name, value })),
    ],
    ports: { kafka: 9092 },
    peerPorts: { controller: 9093 },
    clients,
    user: 1000,
    replicas: brokers,
    requests: { cpu: '250m', memory: `${heapMb}Mi` },
    memoryLimit: `${heapMb * 2}Mi`,
    data: { path: '/var/lib/kafka/data', storage },
    // The image writes its configuration when it starts.
    writable: ['/tmp', '/opt/kafka/config', '/opt/kafka/logs'],
    ready: { port: k8s.IntOrString.fromString('kafka') },
    graceSeconds: 60,
  });
}

/** Settings that keep acknowledged messages when one of several brokers fails. */
function clusterSettings(brokers: number): Record<string, string> {
  const inSync = String(brokers > 1 ? 2 : 1);
  return {
    'auto.create.topics.enable': 'false',
    'default.replication.factor': String(brokers),
    'min.insync.replicas': inSync,
    'offsets.topic.replication.factor': String(brokers),
    'offsets.topic.num.partitions': '8',
    'transaction.state.log.replication.factor': String(brokers),
    'transaction.state.log.min.isr': inSync,
    'share.coordinator.state.topic.replication.factor': String(brokers),
    'share.coordinator.state.topic.min.isr': inSync,
  };
}

/** Kafka run by Strimzi, in the operator's default version; `kafka` is a second name of its bootstrap Service. */
function addCluster(scope: Construct, servers: BackingServers, clients: string[]): void {
  const { namespace, kafka } = servers;
  new ApiObject(scope, 'kafka-nodes', {
    apiVersion: 'kafka.strimzi.io/v1',
    kind: 'KafkaNodePool',
    metadata: { name: 'nodes', namespace, labels: { ...labelsOf('kafka'), 'strimzi.io/cluster': 'kafka' } },
    spec: {
      replicas: kafka.brokers,
      roles: ['broker', 'controller'],
      storage: {
        type: 'jbod',
        volumes: [
          {
            id: 0,
            type: 'persistent-claim',
            size: kafka.storage,
            kraftMetadata: 'shared',
            deleteClaim: false,
          },
        ],
      },
      resources: {
        requests: { cpu: '250m', memory: `${kafka.heapMb}Mi` },
        limits: { memory: `${kafka.heapMb * 2}Mi` },
      },
      jvmOptions: { '-Xms': `${Math.round(kafka.heapMb / 2)}m`, '-Xmx': `${kafka.heapMb}m` },
    },
  });
  new ApiObject(scope, 'kafka-cluster', {
    apiVersion: 'kafka.strimzi.io/v1',
    kind: 'Kafka',
    metadata: { name: 'kafka', namespace, labels: labelsOf('kafka') },
    spec: {
      kafka: {
        listeners: [
          {
            name: 'plain',
            port: 9092,
            type: 'internal',
            tls: false,
            // Strimzi creates the NetworkPolicy for its listeners.
            networkPolicyPeers: clients.map((client) => podsIn(client)),
          },
        ],
        config: clusterSettings(kafka.brokers),
      },
    },
  });
  new k8s.KubeService(scope, 'kafka-service', {
    metadata: { name: 'kafka', namespace, labels: labelsOf('kafka') },
    spec: { type: 'ExternalName', externalName: `kafka-kafka-bootstrap.${namespace}.svc.cluster.local` },
  });
  const podSelector = { matchLabels: { 'strimzi.io/cluster': 'kafka' } };
  new k8s.KubeNetworkPolicy(scope, 'kafka-network', {
    metadata: { name: 'kafka-egress', namespace, labels: labelsOf('kafka') },
    spec: {
      podSelector,
      policyTypes: ['Egress'],
      egress: [
        { to: [{ podSelector }], ports: [9090, 9091, 9092, 9093].map(tcp) },
        { ports: [tcp(53), { port: k8s.IntOrString.fromNumber(53), protocol: 'UDP' }] },
      ],
    },
  });
}

const tcp = (port: number): k8s.NetworkPolicyPort => ({
  port: k8s.IntOrString.fromNumber(port),
  protocol: 'TCP',
});
