import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { expect, it } from '@jest/globals';
import { weakValuesOf } from '@lms/config';
import { knownVariableNames, readServiceShapes } from '@lms/ops/known-variables';
import { withoutForeignServers } from './environment.ts';
import { createPortChooser } from './ports.ts';
import {
  baseEnv,
  chooseServicePorts,
  configProblems,
  type ServicePorts,
  servicesEnv,
} from './services-env.ts';
import { planServers, serverVariables } from './start-servers.ts';

const secrets = {
  postgres: 'pg-secret',
  s3: 's3-secret-s3-secret',
  jwtAccess: 'a'.repeat(43),
  jwtRefresh: 'r'.repeat(43),
};

/** Variables that the services need in addition to those of the deployment guide. */
const required = {
  AUTH_JWKS_URL: 'http://auth:3000/api/v1/.well-known/jwks.json',
  SMTP_URL: 'smtp://mail:1025',
  MAIL_FROM: 'no-reply@lms.example',
  APP_URL: 'https://app.lms.example',
  STATUS_TARGETS: 'auth=http://auth:9464',
};

async function envFor(userEnv: NodeJS.ProcessEnv, overrides: Record<string, string> = {}) {
  const ports = createPortChooser({ remembered: {}, mode: 'free' });
  const plan = await planServers({ ports, secrets, userEnv, durable: false });
  const servicePorts: ServicePorts = await chooseServicePorts(ports);
  const known = await knownVariableNames();
  const env = servicesEnv({
    servers: plan.servers,
    userEnv,
    secrets,
    ingressPort: 8080,
    servicePorts,
    overrides,
    known,
  });
  return { env, starts: plan.starts.map(({ title }) => title), servicePorts };
}

it('starts every server that the environment does not name, with variables that the services accept', async () => {
  const { env, starts } = await envFor({});
  expect(starts).toEqual(['PostgreSQL', 'Redis', 'Apache Kafka', 'Object store (S3)', 'Mail catcher']);
  expect(configProblems(await readServiceShapes(), { ...env, PORT: '3001', METRICS_PORT: '9464' })).toEqual(
    [],
  );
  expect(env.R2_PUBLIC_URL).toBe('http://localhost:8080/cdn');
});

it('uses the servers that the environment names instead of starting them', async () => {
  const { env, starts } = await envFor({
    DATABASE_URL: 'postgresql://me:x@db.example:5432/mine',
    KAFKA_BROKERS: 'kafka.example:9092',
    R2_ENDPOINT: 'https://r2.example',
    R2_BUCKET: 'mine',
    R2_ACCESS_KEY: 'key',
    R2_SECRET_KEY: 'secret',
    R2_PUBLIC_URL: 'https://cdn.example',
  });
  expect(starts).toEqual(['Redis', 'Mail catcher']);
  expect(env).toMatchObject({
    DATABASE_URL: 'postgresql://me:x@db.example:5432/mine',
    KAFKA_BROKERS: 'kafka.example:9092',
    R2_BUCKET: 'mine',
    R2_PUBLIC_URL: 'https://cdn.example',
  });
});

it('starts with the unchanged .env of the deployment guide, and reports weak values', async () => {
  const file = join(import.meta.dirname, 'testing/deployment-guide.env');
  const guide = parseEnv(readFileSync(file, 'utf8')) as Record<string, string>;
  const { env: userEnv, ignored } = await withoutForeignServers(guide, serverVariables);
  expect(ignored).toEqual(['DATABASE_URL', 'REDIS_URL', 'KAFKA_BROKERS', 'R2_ENDPOINT']);
  const { env, starts } = await envFor(userEnv);
  expect(starts).toHaveLength(5);
  const shapes = await readServiceShapes();
  expect(configProblems(shapes, env)).toEqual([]);
  const weak = new Set(shapes.flatMap((shape) => weakValuesOf(shape, env)).map(({ name }) => name));
  expect([...weak]).toEqual(['JWT_ACCESS_SECRET', 'JWT_REFRESH_SECRET']);
  const refused = configProblems(shapes, { ...guide, ...required, NODE_ENV: 'staging' });
  expect(refused.map((line) => line.split(':')[0]).sort()).toEqual([
    'DATABASE_URL',
    'JWT_ACCESS_SECRET',
    'JWT_REFRESH_SECRET',
    'OPENAI_API_KEY',
    'R2_ACCESS_KEY',
    'R2_ENDPOINT',
    'R2_SECRET_KEY',
  ]);
});

it('reads every variable of the deployment guide', async () => {
  const file = join(import.meta.dirname, 'testing/deployment-guide.env');
  const known = await knownVariableNames();
  const names = Object.keys(parseEnv(readFileSync(file, 'utf8')));
  expect(names.filter((name) => !known.has(name))).toEqual([]);
});

it('passes services only the variables that they read from the user’s environment', async () => {
  const { env } = await envFor({ OPENAI_API_KEY: 'sk-mine', AWS_SECRET_ACCESS_KEY: 'leak', LOG_LEVEL: '' });
  expect(env.OPENAI_API_KEY).toBe('sk-mine');
  expect(env).not.toHaveProperty('AWS_SECRET_ACCESS_KEY');
  expect(env).not.toHaveProperty('LOG_LEVEL');
  const machine = baseEnv({
    PATH: '/bin',
    HOME: '/root',
    AWS_SECRET_ACCESS_KEY: 'leak',
    HTTPS_PROXY: 'http://p',
  });
  expect(machine).toEqual({
    PATH: '/bin',
    HOME: '/root',
    HTTPS_PROXY: 'http://p',
    NODE_COMPILE_CACHE: expect.any(String),
  });
});

it('lets a test stack’s settings override everything', async () => {
  const { env } = await envFor({ OPENAI_API_KEY: 'sk-mine' }, { OPENAI_API_KEY: 'sk-fake' });
  expect(env.OPENAI_API_KEY).toBe('sk-fake');
});

it('names every invalid variable once, even if several services read it', async () => {
  const { env } = await envFor({
    REDIS_URL: 'http://not-redis',
    KAFKA_BROKERS: 'nonsense',
    LOG_LEVEL: 'loud',
  });
  const problems = configProblems(await readServiceShapes(), { ...env, PORT: '3001', METRICS_PORT: 'x' });
  expect(problems.map((line) => line.split(':')[0]).sort()).toEqual([
    'KAFKA_BROKERS',
    'LOG_LEVEL',
    'METRICS_PORT',
    'REDIS_URL',
  ]);
});
