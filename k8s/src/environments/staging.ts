import type { Environment } from './environment.ts';

/**
 * Like production, but with its own servers inside the cluster. If CloudNativePG or Strimzi is installed, enable it
 * under `operators`: its cluster then replaces the plain StatefulSet (data is not migrated).
 */
export const staging: Environment = {
  name: 'staging',
  namespace: 'lms-staging',
  valuesFile: 'staging-values.yaml',
  quota: { cpu: '6', memory: '16Gi', memoryLimit: '32Gi', pods: 80 },
  ingressNamespace: 'traefik',
  servers: {
    namespace: 'lms-staging-data',
    quota: { cpu: '6', memory: '12Gi', memoryLimit: '16Gi', pods: 30 },
    operators: { cloudNativePg: false, strimzi: false },
    secrets: 'existing',
    toolsImage: 'ghcr.io/acme/lms-tools:0.1.0',
    postgres: { storage: '20Gi', maxConnections: 400, instances: 2 },
    redis: { storage: '4Gi', maxMemoryMb: 512 },
    kafka: { storage: '20Gi', brokers: 3, heapMb: 768 },
    objectStore: {
      storage: '50Gi',
      bucket: 'lms-files',
      s3Host: 's3.staging.example.com',
      cdnHost: 'cdn.staging.example.com',
      clusterIssuer: 'letsencrypt-staging',
    },
  },
};
