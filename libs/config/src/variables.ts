import { z } from 'zod';
import { durationSeconds } from './duration.ts';

/** Metadata from which `.env.example` and the docs are generated. */
declare module 'zod' {
  interface GlobalMeta {
    /** Heading in `.env.example`. */
    section?: string;
    /** The value in `.env.example`; never a real secret. */
    example?: string;
    /** True for values that must not be logged and must not keep their example value in staging and production. */
    secret?: boolean;
    /** Characters that a secret must have in staging and production; development only warns. */
    minSecretLength?: number;
    /** Another variable, whose value must not be the same in staging and production. */
    differsFrom?: string;
    /** True for a value, no secret itself, that may hold the example's `<placeholder>` in development. */
    placeholder?: boolean;
    /** True if the variable is commented out in `.env.example`. */
    optional?: boolean;
  }
}

const port = z.coerce.number('must be a port number').int().min(0).max(65_535);
const url = (...protocols: string[]) =>
  z.string().refine(
    (value) => {
      try {
        return protocols.includes(new URL(value).protocol);
      } catch {
        return false;
      }
    },
    `must be a URL that starts with ${protocols.map((p) => `${p}//`).join(' or ')}`,
  );
/** Where R2_ENDPOINT leads while it holds its placeholder: nowhere, by RFC 2606. */
const noObjectStore = 'https://object-store-not-configured.invalid';

/** Variables every service has: environment, ports, logs, telemetry. */
export const serviceVariables = {
  NODE_ENV: z.enum(['development', 'test', 'staging', 'production']).default('development').meta({
    section: 'App',
    description: 'development, test, staging or production',
    example: 'development',
  }),
  PORT: port.default(3000).meta({ section: 'App', description: 'HTTP port of the service', example: '3000' }),
  METRICS_PORT: port.default(9464).meta({
    section: 'App',
    description: 'Port of /metrics, the dependency report and the OpenAPI document; must not be public',
    example: '9464',
  }),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .meta({ section: 'App', description: 'Lowest level that is logged', example: 'info' }),
  SHUTDOWN_TIMEOUT_MS: z.coerce.number().int().min(1000).default(30_000).meta({
    section: 'App',
    description:
      "Time that requests and streams in flight may take after SIGTERM, in ms; must be less than the pod's grace period",
    example: '30000',
  }),
  TRUST_PROXY_HOPS: z.coerce.number().int().min(0).max(10).default(1).meta({
    section: 'App',
    description:
      'Number of proxies in front of the service (ingress, load balancer), to find the client address',
    example: '1',
  }),
  CORS_ORIGINS: z
    .string()
    .default('')
    .transform((value) =>
      value
        .split(',')
        .map((v) => v.trim())
        .filter(Boolean),
    )
    .meta({
      section: 'App',
      description:
        'Browser origins that may call the API, comma-separated; empty for none (mobile apps need none)',
      example: '',
      optional: true,
    }),
  OTEL_EXPORTER_OTLP_ENDPOINT: url('http:', 'https:').optional().meta({
    section: 'Telemetry',
    description: 'OpenTelemetry collector (OTLP over HTTP); no traces are exported if unset',
    example: 'http://otel-collector:4318',
    optional: true,
  }),
  OTEL_TRACES_SAMPLE_RATIO: z.coerce.number().min(0).max(1).default(0.05).meta({
    section: 'Telemetry',
    description: 'Share of new traces that are sampled, 0 to 1',
    example: '0.05',
    optional: true,
  }),
} as const;

/** PostgreSQL. */
export const postgresVariables = {
  DATABASE_URL: url('postgresql:', 'postgres:').meta({
    section: 'Database',
    description:
      'PostgreSQL; each service keeps its tables in its own schema. For a managed server append ?sslmode=verify-full',
    example: 'postgresql://lms_user:lms_pass@postgres:5432/lms',
    secret: true,
  }),
  DATABASE_DIRECT_URL: url('postgresql:', 'postgres:').optional().meta({
    section: 'Database',
    description:
      'Only if DATABASE_URL leads to a pooler in transaction mode (PgBouncer, Supavisor): the server itself, for relay, jobs and migrations',
    example: 'postgresql://lms_user:lms_pass@postgres:5432/lms',
    secret: true,
    optional: true,
  }),
  DATABASE_POOL_SIZE: z.coerce.number().int().min(1).max(200).optional().meta({
    section: 'Database',
    description:
      'Connections of a process for requests, events and jobs: 4 as api, 5 as worker, 9 as both. A worker opens 2 more (3 with DATABASE_DIRECT_URL). All processes together must stay below max_connections',
    example: '4',
    optional: true,
  }),
  DATABASE_CONNECT_TIMEOUT_MS: z.coerce.number().int().min(100).default(3_000).meta({
    section: 'Database',
    description: 'Longest time to wait for a connection, in ms',
    example: '3000',
  }),
} as const;

/** Redis: rate limits, revoked sessions, caches. */
export const redisVariables = {
  REDIS_URL: url('redis:', 'rediss:').meta({
    section: 'Redis',
    description: 'Redis server; use rediss:// for TLS',
    example: 'redis://redis:6379',
    secret: true,
  }),
} as const;

/** Where access tokens are verified. */
export const accessTokenVariables = {
  AUTH_JWKS_URL: url('http:', 'https:').meta({
    section: 'Auth',
    description: 'Where services fetch the public keys that verify access tokens',
    example: 'http://auth:3000/api/v1/.well-known/jwks.json',
  }),
} as const;

/** Secrets of the auth service, the only one that signs tokens. */
export const tokenSigningVariables = {
  JWT_ACCESS_SECRET: z.string().meta({
    section: 'Auth',
    description:
      'Secret from which the key that signs access tokens is derived; at least 32 characters (openssl rand -base64 48)',
    example: 'change_me_change_me_change_me_change_me',
    secret: true,
    minSecretLength: 32,
  }),
  JWT_REFRESH_SECRET: z.string().meta({
    section: 'Auth',
    description:
      'Secret from which refresh tokens are derived; at least 32 characters, different from JWT_ACCESS_SECRET',
    example: 'change_me_too_change_me_too_change_me_too',
    secret: true,
    minSecretLength: 32,
    differsFrom: 'JWT_ACCESS_SECRET',
  }),
  JWT_ACCESS_EXPIRES_IN: durationSeconds({ min: '1m', max: '1h' })
    .prefault('15m')
    .meta({ section: 'Auth', description: 'Lifetime of an access token (1m to 1h)', example: '15m' }),
  JWT_REFRESH_EXPIRES_IN: durationSeconds({ min: '1h', max: '400d' })
    .prefault('7d')
    .meta({ section: 'Auth', description: 'Time after which an unused session expires', example: '7d' }),
} as const;

/** Cloudflare R2 or any S3 server. */
export const objectStoreVariables = {
  R2_ENDPOINT: z
    .string()
    .transform((value) => (/<[^<>]*>/.test(value) ? noObjectStore : value))
    .pipe(url('http:', 'https:'))
    .meta({
      section: 'Cloudflare R2',
      description: 'S3 endpoint of the object store',
      example: 'https://<accountid>.r2.cloudflarestorage.com',
      placeholder: true,
    }),
  R2_REGION: z.string().default('auto').meta({
    section: 'Cloudflare R2',
    description: 'Region of the object store; auto for R2',
    example: 'auto',
  }),
  R2_BUCKET: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be a bucket name (3 to 63 of a-z, 0-9, - and .)')
    .meta({ section: 'Cloudflare R2', description: 'Bucket that holds all files', example: 'lms-files' }),
  R2_ACCESS_KEY: z
    .string()
    .min(1)
    .meta({ section: 'Cloudflare R2', description: 'Access key id', example: 'change_me', secret: true }),
  R2_SECRET_KEY: z
    .string()
    .min(1)
    .meta({ section: 'Cloudflare R2', description: 'Secret access key', example: 'change_me', secret: true }),
  R2_PUBLIC_URL: url('http:', 'https:').meta({
    section: 'Cloudflare R2',
    description:
      'CDN in front of the bucket; serves only keys under lessons/, while users/ stays private (signed URLs)',
    example: 'https://cdn.yourdomain.com',
  }),
  R2_SIGNED_URL_ENDPOINT: url('http:', 'https:').optional().meta({
    section: 'Cloudflare R2',
    description:
      'S3 endpoint for clients, used in signed URLs; needed only if it differs from R2_ENDPOINT (Docker Compose, emulators)',
    example: 'http://localhost:8080',
    optional: true,
  }),
} as const;
