import { ApiObject } from 'cdk8s';
import { k8s } from 'cdk8s-plus-34';
import type { Construct } from 'constructs';
import type { BackingServers } from '../environments/environment.ts';
import { dnsRule, labelsOf, podsIn } from '../namespaces/namespace-chart.ts';
import { images } from './images.ts';
import { addServer, fromSecret } from './server.ts';

/** PostgreSQL as `postgres:5432`; user, password and database are those of the Secret `postgres`. */
export function addPostgres(scope: Construct, servers: BackingServers, clients: string[]): void {
  if (servers.operators.cloudNativePg) addCluster(scope, servers, clients);
  else addSingleServer(scope, servers, clients);
}

function addSingleServer(scope: Construct, servers: BackingServers, clients: string[]): void {
  const { storage, maxConnections } = servers.postgres;
  addServer(scope, {
    name: 'postgres',
    namespace: servers.namespace,
    image: images.postgres,
    args: ['postgres', '-c', `max_connections=${maxConnections}`, '-c', 'timezone=UTC'],
    env: [
      { name: 'POSTGRES_DB', value: 'lms' },
      fromSecret('POSTGRES_USER', 'postgres', 'username'),
      fromSecret('POSTGRES_PASSWORD', 'postgres', 'password'),
    ],
    ports: { postgres: 5432 },
    clients,
    user: 999,
    requests: { cpu: '250m', memory: '512Mi' },
    memoryLimit: '1Gi',
    data: { path: '/var/lib/postgresql', storage },
    writable: ['/tmp', '/var/run/postgresql'],
    // Uses TCP, because the server listens only on a Unix socket while the image initialises.
    ready: { command: ['sh', '-c', 'pg_isready -q -h 127.0.0.1 -U "$POSTGRES_USER" -d "$POSTGRES_DB"'] },
    graceSeconds: 60,
  });
}

/** A primary and standbys, run by CloudNativePG; `postgres` is a second name of its read-write Service. */
function addCluster(scope: Construct, servers: BackingServers, clients: string[]): void {
  const { namespace, postgres } = servers;
  new ApiObject(scope, 'postgres-cluster', {
    apiVersion: 'postgresql.cnpg.io/v1',
    kind: 'Cluster',
    metadata: { name: 'postgres', namespace, labels: labelsOf('postgres') },
    spec: {
      instances: postgres.instances,
      imageName: 'ghcr.io/cloudnative-pg/postgresql:18',
      storage: { size: postgres.storage },
      bootstrap: { initdb: { database: 'lms', owner: 'lms_user', secret: { name: 'postgres' } } },
      postgresql: { parameters: { max_connections: String(postgres.maxConnections), timezone: 'UTC' } },
      resources: { requests: { cpu: '250m', memory: '512Mi' }, limits: { memory: '1Gi' } },
    },
  });
  new k8s.KubeService(scope, 'postgres-service', {
    metadata: { name: 'postgres', namespace, labels: labelsOf('postgres') },
    spec: { type: 'ExternalName', externalName: `postgres-rw.${namespace}.svc.cluster.local` },
  });
  const port = (number: number) => ({ port: k8s.IntOrString.fromNumber(number), protocol: 'TCP' });
  const podSelector = { matchLabels: { 'cnpg.io/cluster': 'postgres' } };
  new k8s.KubeNetworkPolicy(scope, 'postgres-network', {
    metadata: { name: 'postgres', namespace, labels: labelsOf('postgres') },
    spec: {
      podSelector,
      policyTypes: ['Ingress', 'Egress'],
      ingress: [
        { from: clients.map((client) => podsIn(client)), ports: [port(5432)] },
        { from: [{ podSelector }], ports: [port(5432), port(8000)] },
        { from: [podsIn('cnpg-system')], ports: [port(8000), port(5432)] },
      ],
      egress: [
        dnsRule,
        { to: [{ podSelector }], ports: [port(5432), port(8000)] },
        // The instance manager connects to the API server, whose address is known only in the cluster.
        { ports: [port(443), port(6443)] },
      ],
    },
  });
}
