import type { Environment } from './environment.ts';

/**
 * Managed PostgreSQL, Redis, Kafka and R2. They are named only in the chart's values and in its Secret: an
 * ExternalName Service would give them a second name that their TLS certificates do not cover.
 */
export const production: Environment = {
  name: 'production',
  namespace: 'lms-production',
  valuesFile: 'production-values.yaml',
  quota: { cpu: '24', memory: '40Gi', memoryLimit: '80Gi', pods: 120 },
  ingressNamespace: 'traefik',
  servers: null,
};
