import type { Environment } from './environment.ts';

/** A cluster on one machine: kind, k3d, minikube. All servers are inside the cluster, with well-known passwords. */
export const local: Environment = {
  name: 'local',
  namespace: 'lms',
  valuesFile: 'local-values.yaml',
  quota: { cpu: '2', memory: '6Gi', memoryLimit: '16Gi', pods: 40 },
  ingressNamespace: 'traefik',
  servers: {
    namespace: 'lms-data',
    quota: { cpu: '2', memory: '4Gi', memoryLimit: '6Gi', pods: 20 },
    operators: { cloudNativePg: false, strimzi: false },
    secrets: 'development',
    toolsImage: 'localhost:5000/lms/lms-tools:dev',
    postgres: { storage: '2Gi', maxConnections: 400, instances: 1 },
    redis: { storage: '1Gi', maxMemoryMb: 128 },
    kafka: { storage: '2Gi', brokers: 1, heapMb: 384 },
    objectStore: {
      storage: '2Gi',
      bucket: 'lms-files',
      s3Host: 'lms.localhost',
      cdnHost: 'lms.localhost',
      clusterIssuer: null,
    },
  },
};
