import { serviceVariables } from '@lms/config';
import { readNamedShapes } from '@lms/ops/known-variables';
import { stringify } from 'yaml';

/** What the chart must know about a service: its variables, and the servers that it connects to. */
export interface ServiceVariables {
  needs: string[];
  config: { required: string[]; optional: string[] };
  secrets: { required: string[]; optional: string[] };
}

export interface DescribedVariable {
  description: string;
  example: string;
  secret: boolean;
  required: boolean;
  services: string[];
}

/** Variables that the chart computes; they cannot be set in `config`. */
export const computedVariables = [
  'NODE_ENV',
  'PORT',
  'METRICS_PORT',
  'SHUTDOWN_TIMEOUT_MS',
  'DATABASE_POOL_SIZE',
  'AUTH_JWKS_URL',
  'STATUS_TARGETS',
];

/** Development only: `seed` refuses to run in production. */
const developmentVariables = ['SEED_ACCOUNTS'];

/** A service that reads the variable connects to that server. */
const needOfVariable: Record<string, string> = {
  DATABASE_URL: 'postgres',
  REDIS_URL: 'redis',
  KAFKA_BROKERS: 'kafka',
  R2_ENDPOINT: 'objectStore',
  SMTP_URL: 'smtp',
  OPENAI_API_KEY: 'ai',
  AUTH_JWKS_URL: 'jwks',
  STATUS_TARGETS: 'targets',
};

/** Reads `services/<name>/src/config.ts` of every service, the only list of variables. */
export async function readServiceVariables(): Promise<{
  services: Record<string, ServiceVariables>;
  variables: Map<string, DescribedVariable>;
}> {
  const services: Record<string, ServiceVariables> = {};
  const variables = new Map<string, DescribedVariable>();
  for (const { service, shape } of await readNamedShapes()) {
    const found: ServiceVariables = {
      needs: [],
      config: { required: [], optional: [] },
      secrets: { required: [], optional: [] },
    };
    for (const [name, schema] of Object.entries({ ...serviceVariables, ...shape })) {
      const need = needOfVariable[name] ?? (/^OIDC_/.test(name) ? 'https' : undefined);
      if (need && !found.needs.includes(need)) found.needs.push(need);
      if (computedVariables.includes(name) || developmentVariables.includes(name)) continue;
      const meta = schema.meta() ?? {};
      const required = !schema.safeParse(undefined).success;
      const kind = meta.secret ? found.secrets : found.config;
      kind[required ? 'required' : 'optional'].push(name);
      const known = variables.get(name);
      variables.set(name, {
        description: meta.description ?? '',
        example: meta.example ?? '',
        secret: meta.secret === true,
        required,
        services: [...(known?.services ?? []), service],
      });
    }
    services[service] = found;
  }
  return { services, variables };
}

/** The text of `charts/lms/files/services.yaml`. */
export function serviceVariablesFile(services: Record<string, ServiceVariables>): string {
  return `# Made from services/*/src/config.ts by \`npm run chart -w k8s\`; do not edit.\n${stringify(services, { lineWidth: 0 })}`;
}
