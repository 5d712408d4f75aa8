import { join } from 'node:path';
import { ConfigError, type EnvShape, parseConfig } from '@lms/config';
import { cacheDir } from './downloads.ts';
import type { PortChooser } from './ports.ts';
import { type ServiceName, serviceNames } from './services.ts';
import type { Servers } from './start-servers.ts';

export type ServicePorts = Record<ServiceName, { http: number; metrics: number }>;

/** Two ports for each service: the API and the metrics. */
export async function chooseServicePorts(ports: PortChooser): Promise<ServicePorts> {
  const entries: [ServiceName, { http: number; metrics: number }][] = [];
  for (const [index, service] of serviceNames.entries()) {
    const http = await ports.choose(service, 3001 + index);
    entries.push([service, { http, metrics: await ports.choose(`${service}Metrics`, 9464 + index) }]);
  }
  return Object.fromEntries(entries) as ServicePorts;
}

/** Environment of all services: defaults, overridden by the user's, overridden by this stack's own. */
export function servicesEnv(facts: {
  servers: Servers;
  userEnv: NodeJS.ProcessEnv;
  secrets: Record<string, string>;
  ingressPort: number;
  servicePorts: ServicePorts;
  overrides: Record<string, string>;
  /** Variables that services read; nothing else of the user's environment reaches them. */
  known: Set<string>;
}): Record<string, string> {
  const { servers, userEnv, secrets, ingressPort, servicePorts, overrides, known } = facts;
  const targets = serviceNames.filter((service) => service !== 'status');
  const localCdn = `http://localhost:${ingressPort}/cdn`;
  const defaults: Record<string, string> = {
    NODE_ENV: 'development',
    JWT_ACCESS_SECRET: secrets.jwtAccess ?? '',
    JWT_REFRESH_SECRET: secrets.jwtRefresh ?? '',
    R2_PUBLIC_URL: localCdn,
    MAIL_FROM: 'LMS <no-reply@lms.example>',
    APP_URL: `http://localhost:${ingressPort}`,
    SHUTDOWN_TIMEOUT_MS: '10000',
    // A machine that starts everything at once responds slowly.
    DATABASE_CONNECT_TIMEOUT_MS: '10000',
  };
  const fixed: Record<string, string> = {
    DATABASE_URL: servers.databaseUrl,
    // The server behind a pooler belongs to the database that the user names.
    ...(userEnv.DATABASE_URL ? {} : { DATABASE_DIRECT_URL: '' }),
    REDIS_URL: servers.redisUrl,
    KAFKA_BROKERS: servers.brokers,
    AUTH_JWKS_URL: `http://127.0.0.1:${servicePorts.auth.http}/api/v1/.well-known/jwks.json`,
    R2_ENDPOINT: servers.r2.endpoint,
    R2_REGION: servers.r2.region,
    R2_BUCKET: servers.r2.bucket,
    R2_ACCESS_KEY: servers.r2.accessKey,
    R2_SECRET_KEY: servers.r2.secretKey,
    // A CDN that the user names belongs to the object store that the user names.
    ...(userEnv.R2_ENDPOINT ? {} : { R2_PUBLIC_URL: localCdn }),
    SMTP_URL: servers.smtpUrl,
    STATUS_TARGETS: targets
      .map((service) => `${service}=http://127.0.0.1:${servicePorts[service].metrics}`)
      .join(','),
  };
  const given = Object.fromEntries(
    Object.entries(userEnv).filter(([name, value]) => value && known.has(name)),
  ) as Record<string, string>;
  return { ...defaults, ...given, ...fixed, ...overrides };
}

/** One line for each variable that is invalid for any service; a variable that several read is named once. */
export function configProblems(shapes: EnvShape[], env: NodeJS.ProcessEnv): string[] {
  const lines = shapes.flatMap((shape) => {
    try {
      parseConfig(shape, env);
      return [];
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return error.problems.map(({ name, message }) => `${name}: ${message}`);
    }
  });
  return [...new Set(lines)];
}

/** Variables of the machine that a program needs; all other variables of a service are listed above. */
export function baseEnv(env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const certificates = ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'];
  const proxies = ['NODE_USE_ENV_PROXY', 'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY'];
  const names = ['PATH', 'HOME', 'LANG', 'TMPDIR', ...certificates, ...proxies];
  return {
    ...Object.fromEntries(names.filter((name) => env[name]).map((name) => [name, env[name]])),
    // Caches the compiled code, which halves the start time of a service.
    NODE_COMPILE_CACHE: join(cacheDir(), 'compiled'),
  };
}
