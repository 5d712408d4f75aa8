import type { Environment } from './environment.ts';

/**
 * Managed PostgreSQL, Redis, Kafka and R2. They are named in the chart's values and in its Secret and nowhere
 * else: an ExternalName Service would be a second name for them, which their TLS certificates do not carry.
 */
export const production: Environment = {
  name: 'production',
  namespace: 'lms-production',
  valuesFile: 'production-values.yaml',
  quota: { cpu: '24', memory: '40Gi', memoryLimit: '80Gi', pods: 120 },
  ingressNamespace: 'traefik',
  servers: null,
};
