import type { createPortChooser } from './ports.ts';
import { type ServiceName, serviceNames } from './services.ts';
import type { Servers } from './start-servers.ts';

export type ServicePorts = Record<ServiceName, { http: number; metrics: number }>;

/** Two ports for each service: the API and the metrics. */
export async function chooseServicePorts(ports: ReturnType<typeof createPortChooser>): Promise<ServicePorts> {
  const entries: [ServiceName, { http: number; metrics: number }][] = [];
  for (const [index, service] of serviceNames.entries()) {
    const http = await ports.choose(service, 3001 + index);
    entries.push([service, { http, metrics: await ports.choose(`${service}Metrics`, 9464 + index) }]);
  }
  return Object.fromEntries(entries) as ServicePorts;
}

/** Environment of all services: defaults, over them the user's, over those what this stack is. */
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
  const defaults: Record<string, string> = {
    NODE_ENV: 'development',
    JWT_ACCESS_SECRET: secrets.jwtAccess ?? '',
    JWT_REFRESH_SECRET: secrets.jwtRefresh ?? '',
    AUTH_JWKS_URL: `http://127.0.0.1:${servicePorts.auth.http}/api/v1/.well-known/jwks.json`,
    R2_PUBLIC_URL: `http://localhost:${ingressPort}/cdn`,
    MAIL_FROM: 'LMS <no-reply@lms.example>',
    APP_URL: `http://localhost:${ingressPort}`,
    SHUTDOWN_TIMEOUT_MS: '10000',
  };
  const fixed: Record<string, string> = {
    DATABASE_URL: servers.databaseUrl,
    REDIS_URL: servers.redisUrl,
    KAFKA_BROKERS: servers.brokers,
    R2_ENDPOINT: servers.r2.endpoint,
    R2_BUCKET: servers.r2.bucket,
    R2_ACCESS_KEY: servers.r2.accessKey,
    R2_SECRET_KEY: servers.r2.secretKey,
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

/** What a program needs of the machine; everything else a service gets is named above. */
export function baseEnv(): NodeJS.ProcessEnv {
  const names = ['PATH', 'HOME', 'LANG', 'TMPDIR', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE', 'SSL_CERT_DIR'];
  return Object.fromEntries(
    names.filter((name) => process.env[name]).map((name) => [name, process.env[name]]),
  );
}
