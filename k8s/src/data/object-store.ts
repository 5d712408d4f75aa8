import { k8s } from 'cdk8s-plus-34';
import type { Construct } from 'constructs';
import type { BackingServers } from '../environments/environment.ts';
import { labelsOf } from '../namespaces/namespace-chart.ts';
import { images } from './images.ts';
import { addServer, fromSecret } from './server.ts';

/**
 * S3Proxy as `s3:9000`, which checks signatures as R2 does, and the stand-in for the CDN as `cdn:3000`, which
 * serves `lessons/`. Clients reach signed URLs and public files through the ingress.
 */
export function addObjectStore(
  scope: Construct,
  servers: BackingServers,
  { clients, ingressNamespace }: { clients: string[]; ingressNamespace: string },
): void {
  const { namespace, objectStore } = servers;
  addServer(scope, {
    name: 's3',
    namespace,
    image: images.objectStore,
    env: [
      { name: 'LOG_LEVEL', value: 'warn' },
      { name: 'S3PROXY_ENDPOINT', value: 'http://0.0.0.0:9000' },
      { name: 'S3PROXY_AUTHORIZATION', value: 'aws-v4' },
      fromSecret('S3PROXY_IDENTITY', 's3', 'accessKey'),
      fromSecret('S3PROXY_CREDENTIAL', 's3', 'secretKey'),
      { name: 'S3PROXY_CORS_ALLOW_ORIGINS', value: '*' },
      { name: 'S3PROXY_CORS_ALLOW_METHODS', value: 'GET PUT HEAD' },
      { name: 'S3PROXY_CORS_ALLOW_HEADERS', value: 'content-type if-none-match' },
      { name: 'S3PROXY_JAVA_OPTS', value: '-Xms64m -Xmx256m' },
      { name: 'JCLOUDS_PROVIDER', value: 'filesystem-nio2' },
      { name: 'JCLOUDS_FILESYSTEM_BASEDIR', value: '/data/files' },
    ],
    ports: { s3: 9000 },
    clients: [...clients, ingressNamespace, namespace],
    user: 1000,
    requests: { cpu: '50m', memory: '192Mi' },
    memoryLimit: '512Mi',
    data: { path: '/data', storage: objectStore.storage },
    // This provider stores each bucket as a folder.
    initCommand: ['mkdir', '-p', `/data/files/${objectStore.bucket}`],
    writable: ['/tmp'],
    ready: { port: k8s.IntOrString.fromString('s3') },
    graceSeconds: 30,
  });
  addServer(scope, {
    name: 'cdn',
    namespace,
    image: servers.toolsImage,
    args: ['cdn'],
    env: [
      { name: 'PORT', value: '3000' },
      { name: 'R2_ENDPOINT', value: 'http://s3:9000' },
      { name: 'R2_REGION', value: 'auto' },
      { name: 'R2_BUCKET', value: objectStore.bucket },
      fromSecret('R2_ACCESS_KEY', 's3', 'accessKey'),
      fromSecret('R2_SECRET_KEY', 's3', 'secretKey'),
    ],
    ports: { http: 3000 },
    clients: [ingressNamespace],
    calls: [{ name: 's3', port: 9000 }],
    user: 10001,
    requests: { cpu: '20m', memory: '64Mi' },
    memoryLimit: '256Mi',
    writable: ['/tmp'],
    ready: { path: '/livez', port: k8s.IntOrString.fromString('http') },
    graceSeconds: 30,
  });
  addIngress(scope, servers);
}

function addIngress(scope: Construct, { namespace, objectStore }: BackingServers): void {
  const { s3Host, cdnHost, bucket, clusterIssuer } = objectStore;
  const shared = s3Host === cdnHost;
  const path = (prefix: string, name: string, port: number): k8s.HttpIngressPath => ({
    path: prefix,
    pathType: 'Prefix',
    backend: { service: { name, port: { number: port } } },
  });
  const s3 = path(`/${bucket}`, 's3', 9000);
  const rules: k8s.IngressRule[] = shared
    ? [{ host: s3Host, http: { paths: [s3, path('/cdn', 'cdn', 3000)] } }]
    : [
        { host: s3Host, http: { paths: [s3] } },
        { host: cdnHost, http: { paths: [path('/', 'cdn', 3000)] } },
      ];
  new k8s.KubeIngress(scope, 'files', {
    metadata: {
      name: 'files',
      namespace,
      labels: labelsOf('files'),
      annotations: {
        'traefik.ingress.kubernetes.io/router.entrypoints': clusterIssuer ? 'websecure' : 'web',
        ...(clusterIssuer
          ? {
              'traefik.ingress.kubernetes.io/router.tls': 'true',
              'cert-manager.io/cluster-issuer': clusterIssuer,
            }
          : {}),
      },
    },
    spec: {
      ingressClassName: 'traefik',
      ...(clusterIssuer ? { tls: [{ hosts: [s3Host, cdnHost], secretName: 'files-tls' }] } : {}),
      rules,
    },
  });
}
