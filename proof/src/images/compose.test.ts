import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { type EnvShape, parseConfig, serviceVariables, weakValuesOf } from '@lms/config';
import { readNamedShapes } from '@lms/ops/known-variables';
import { withMessage } from '@lms/testing';
import { seedAccounts } from '@lms/tools/seed/accounts';
import { readRoutes } from '@lms/tools/stack/ingress';
import { serviceNames } from '@lms/tools/stack/services';
import { type ComposeService, environmentOf, interpolate, readComposeFile } from './compose-file.ts';
import { traefikRoutes, traefikRoutesFile } from './traefik-routes.ts';

const repo = join(import.meta.dirname, '../../..');
const local = readComposeFile('docker-compose.yml');
const staging = readComposeFile('docker-compose.staging.yml');
const dev = readComposeFile('docker-compose.dev.yml');
const shapes = new Map<string, EnvShape>();
beforeAll(async () => {
  for (const { service, shape } of await readNamedShapes())
    shapes.set(service, { ...serviceVariables, ...shape });
});

const shapeOf = (service: string) => shapes.get(service) as EnvShape;
/** Values that an operator fills in. */
const withSecrets = (env: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(env).map(([name, value]) => [name, value.replaceAll(/change_me(_too)?/g, 'q9Zr4tK8wYp2')]),
  );
const exampleOf = (file: string) =>
  Object.fromEntries(
    Object.entries(parseEnv(readFileSync(join(repo, file), 'utf8'))).map(([name, value]) => [
      name,
      String(value).replace(/<[^@>]*>/g, 'x'),
    ]),
  ) as Record<string, string>;
/** Containers of our code, including one-shots, by the service whose configuration they read. */
const ours = Object.entries(local.services).flatMap(([name, service]): [string, string, ComposeService][] => {
  const owner = serviceNames.find((candidate) => service.image?.startsWith(`lms-${candidate}:`));
  return owner ? [[name, owner, service]] : [];
});

describe('docker-compose.yml', () => {
  it('configures Traefik from the shared route table', () => {
    const update = 'node proof/src/images/traefik-routes.ts';
    withMessage(`out of date: ${update}`, () =>
      expect(readFileSync(traefikRoutesFile, 'utf8')).toBe(traefikRoutes(readRoutes(repo))),
    );
  });

  it.each(ours)('provides %s with a valid configuration without any .env', (name, owner) => {
    const config = parseConfig(shapeOf(owner), environmentOf([local], name, {}));
    expect(config).toMatchObject({ NODE_ENV: 'development', PORT: 3000, METRICS_PORT: 9464 });
  });

  it.each(ours)('starts %s with the .env of the deployment guide', (name, owner) => {
    const guide = exampleOf('tools/src/stack/testing/deployment-guide.env');
    // Compose passes `.env` to the container, overridden by its `environment`.
    const env = { ...guide, ...environmentOf([local], name, guide) };
    expect(parseConfig(shapeOf(owner), env)).toMatchObject({ NODE_ENV: 'development', PORT: 3000 });
    const weak = weakValuesOf(shapeOf(owner), env).map((value) => value.name);
    expect(weak).toEqual(owner === 'auth' ? ['JWT_ACCESS_SECRET', 'JWT_REFRESH_SECRET'] : []);
  });

  it.each(ours)('passes %s no unused variable, and no secret of another service', (name, owner) => {
    const known = new Set([...shapes.values()].flatMap((shape) => Object.keys(shape)));
    const secrets = [...shapes.values()].flatMap((shape) =>
      Object.entries(shape).filter(([, schema]) => schema.meta()?.secret),
    );
    const env = environmentOf([local], name, { OPENAI_API_KEY: 'sk-somebody' });
    expect(Object.keys(env).filter((variable) => !known.has(variable))).toEqual([]);
    const foreign = secrets.map(([variable]) => variable).filter((variable) => !(variable in shapeOf(owner)));
    // Every container reads .env, so variables that a service must not know are removed again.
    const blanked = [
      'JWT_ACCESS_SECRET',
      'JWT_REFRESH_SECRET',
      'OPENAI_API_KEY',
      'R2_SECRET_KEY',
      'SMTP_URL',
    ];
    for (const variable of foreign) {
      expect([variable, env[variable] ?? '']).toEqual([variable, '']);
      if (blanked.includes(variable)) expect(Object.keys(env)).toContain(variable);
    }
  });

  it('seeds the accounts that the tests and documents use', () => {
    const { SEED_ACCOUNTS = '' } = environmentOf([local], 'auth-seed', {});
    expect(JSON.parse(SEED_ACCOUNTS)).toEqual(seedAccounts);
    // For `docker compose exec auth seed`.
    expect(environmentOf([local], 'auth', {}).SEED_ACCOUNTS).toBe(SEED_ACCOUNTS);
  });

  it.each(Object.entries(local.services))('restricts %s', (_name, service) => {
    expect(service.container_name).toBeUndefined();
    expect(service.cap_drop).toEqual(['ALL']);
    expect(service.security_opt).toContain('no-new-privileges:true');
    expect(service.deploy?.resources?.limits).toMatchObject({
      cpus: expect.any(String),
      memory: expect.any(String),
    });
    if (service.image?.startsWith('lms-')) expect(service.read_only).toBe(true);
  });

  it.each(Object.entries(local.services))(
    'waits until the dependencies of %s are healthy or done',
    (_name, service) => {
      for (const [needed, { condition }] of Object.entries(service.depends_on ?? {})) {
        const target = local.services[needed];
        expect([needed, Boolean(target)]).toEqual([needed, true]);
        const once = target?.healthcheck?.disable === true;
        if (target?.healthcheck)
          expect([needed, condition]).toEqual([
            needed,
            once ? 'service_completed_successfully' : 'service_healthy',
          ]);
      }
    },
  );

  it('has a dependent for every one-shot, so that `up --wait` waits for it', () => {
    const once = Object.entries(local.services)
      .filter(([, service]) => service.healthcheck?.disable)
      .map(([name]) => name);
    const awaited = Object.values(local.services).flatMap((service) => Object.keys(service.depends_on ?? {}));
    expect(once.filter((name) => !awaited.includes(name))).toEqual([]);
  });

  it('publishes every port only on this machine by default', () => {
    for (const port of Object.values(local.services).flatMap((service) => service.ports ?? []))
      expect(interpolate(port, {})).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  });

  it('names only volumes and files that exist', () => {
    for (const volume of Object.values(local.services).flatMap((service) => service.volumes ?? [])) {
      const [source = ''] = volume.split(':');
      if (source.startsWith('./')) expect([source, existsSync(join(repo, source))]).toEqual([source, true]);
      else expect(Object.keys(local.volumes ?? {})).toContain(source);
    }
  });
});

describe('docker-compose.staging.yml', () => {
  const env = withSecrets(exampleOf('.env.staging.example'));
  const running = ours.filter(([name]) => !staging.services[name]?.profiles);

  it('refuses to start without the values that only its operator knows', () => {
    for (const name of ['auth', 'media'])
      expect(() => environmentOf([local, staging], name, {})).toThrow(/set it in \.env\.staging/);
  });

  it.each(running)(
    'provides %s with a valid configuration when .env.staging.example is filled in',
    (name, owner) => {
      expect(parseConfig(shapeOf(owner), environmentOf([local, staging], name, env))).toMatchObject({
        NODE_ENV: 'staging',
      });
    },
  );

  it('creates no account whose password is public', () => {
    for (const name of ['auth', 'auth-migrate'])
      expect(environmentOf([local, staging], name, env).SEED_ACCOUNTS).toBe('');
  });

  it('has its own database, topics, bucket and volumes', () => {
    const [here, there] = [
      environmentOf([local], 'media', {}),
      environmentOf([local, staging], 'media', env),
    ];
    for (const name of ['DATABASE_URL', 'KAFKA_TOPIC_PREFIX', 'R2_BUCKET', 'R2_ENDPOINT'])
      expect([name, there[name]]).not.toEqual([name, here[name]]);
    expect(staging.name).not.toBe(local.name);
  });

  it('exposes no development servers', () => {
    for (const [name, service] of Object.entries(local.services)) {
      const over = staging.services[name];
      if (name === 'traefik' || over?.profiles || service.profiles) continue;
      if (service.ports) expect([name, over?.ports]).toEqual([name, null]);
      if (service.image?.startsWith('lms-')) expect([name, over?.build]).toEqual([name, null]);
    }
    for (const name of ['auth-seed', 'seed', 's3', 'mail', 'cdn', 'bucket'])
      expect(staging.services[name]?.profiles).toEqual(['local-only']);
  });
});

describe('docker-compose.dev.yml', () => {
  it.each([...serviceNames])('runs %s from source and copies changes to where it runs', (name) => {
    const service = dev.services[name];
    expect(service?.build?.target).toBe('dev');
    const syncs = service?.develop?.watch.filter(({ action }) => action === 'sync') ?? [];
    expect(syncs.map(({ target }) => target)).toEqual([`/tmp/repo/services/${name}/src`, '/tmp/repo/libs']);
    for (const { path } of service?.develop?.watch ?? [])
      expect([path, existsSync(join(repo, path))]).toEqual([path, true]);
  });
});

describe('environment files', () => {
  const composeOnly = ['LMS_REGISTRY', 'LMS_VERSION', 'LMS_PORT', 'POSTGRES_DB', 'POSTGRES_PASSWORD'];

  it.each(['.env.staging.example', '.env.production.example'])('%s names no unused variable', (file) => {
    const known = [...shapes.values()].flatMap((shape) => Object.keys(shape)).concat(composeOnly);
    const names = [...readFileSync(join(repo, file), 'utf8').matchAll(/^(?:# )?([A-Z][A-Z0-9_]+)=/gm)].map(
      (match) => match[1],
    );
    expect(names.filter((name) => !known.includes(name as string))).toEqual([]);
  });

  it('.env.production.example is complete, and is refused until its secrets are replaced', () => {
    const example = exampleOf('.env.production.example');
    const real = withSecrets(example);
    for (const service of serviceNames) {
      expect(() => parseConfig(shapeOf(service), example)).toThrow('development value');
      expect(parseConfig(shapeOf(service), real)).toMatchObject({ NODE_ENV: 'production' });
    }
  });
});
