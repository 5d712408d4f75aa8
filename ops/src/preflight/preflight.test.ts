import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { PreflightContext } from './check.ts';
import { preflightCommand } from './preflight-command.ts';
import { type CheckResult, checks, runPreflight } from './run-preflight.ts';
import { createPreflightWorld } from './testing/preflight-world.ts';

let world: Awaited<ReturnType<typeof createPreflightWorld>>;
const trusted = getCACertificates('default');

beforeAll(async () => {
  world = await createPreflightWorld();
});
beforeEach(() => {
  setDefaultCACertificates([...trusted, world.ca]);
  world.answerHealthWith(200, { status: 'up' });
});
afterAll(() => world?.close());

/** The result of one check with `changes` to the deployment. */
async function check(name: string, changes: Partial<PreflightContext> = {}): Promise<CheckResult> {
  const only = checks.filter((candidate) => candidate.name === name);
  const result = await runPreflight({ ...world.context, ...changes }, { only });
  return result.checks[0] as CheckResult;
}
const withEnv = (env: NodeJS.ProcessEnv) => ({ env: { ...world.context.env, ...env } });

describe('preflight of a healthy deployment', () => {
  it('finds no problem, leaves nothing behind, and shows no secret', async () => {
    const lines: string[] = [];
    const { env, shapes, migrations, baseUrl } = world.context;
    const print = (text: string) => void lines.push(text);
    const code = await preflightCommand(['--url', baseUrl ?? ''], { env, shapes, migrations, print });
    expect(lines.filter((line) => line.includes('✗'))).toEqual([]);
    expect(code).toBe(0);
    expect(lines).toHaveLength(checks.length + 1);
    expect(lines.at(-1)).toBe('9 ok, 0 failed');
    expect(lines.join('\n')).not.toContain(env.R2_SECRET_KEY);
    expect(await world.bucket.keys()).toEqual([]);
  });

  it('prints JSON on request', async () => {
    const lines: string[] = [];
    const { env, shapes, migrations } = world.context;
    const print = (text: string) => void lines.push(text);
    const code = await preflightCommand(['--json', '--url', world.plainUrl], {
      env,
      shapes,
      migrations,
      print,
    });
    const result = JSON.parse(lines.join('\n'));
    expect(code).toBe(0);
    expect(result.ok).toBe(true);
    expect(result.checks.at(-1)).toMatchObject({ name: 'https', status: 'skipped' });
  });

  it.each([['--url', 'api.example.com'], ['--services', 'none'], ['--skip', 'none'], ['--wrong']])(
    'refuses %s %s with exit code 2',
    async (...args) => {
      const { env, shapes, migrations } = world.context;
      await expect(preflightCommand(args, { env, shapes, migrations, print: () => undefined })).resolves.toBe(
        2,
      );
    },
  );
});

describe('each check fails with a reason and advice', () => {
  it('environment: names every invalid variable with the services that need it, never a value', async () => {
    const result = await check(
      'environment',
      withEnv({ R2_BUCKET: '', DATABASE_URL: 'mysql://u:hunter22@db/lms' }),
    );
    expect(result).toMatchObject({ status: 'failed', advice: expect.stringContaining('.env.example') });
    expect(result.detail).toMatch(/DATABASE_URL .*\(sample\)/);
    expect(result.detail).toMatch(/R2_BUCKET .*\(sample\)/);
    expect(result.detail).not.toContain('hunter22');
  });

  it('database: reports URLs that do not fit together, and a server that is down, without passwords', async () => {
    const { DATABASE_URL = '' } = world.context.env;
    const pooler = 'postgresql://u:hunter22@127.0.0.1:1/lms';
    const detailOf = async (urls: NodeJS.ProcessEnv) => {
      const result = await check('database', withEnv(urls));
      expect(JSON.stringify(result)).not.toContain('hunter22');
      return [result.status, result.detail];
    };
    expect(await detailOf({ DATABASE_URL: `${pooler}?pgbouncer=true` })).toEqual([
      'failed',
      expect.stringContaining('DATABASE_DIRECT_URL is required'),
    ]);
    const down = ['failed', expect.stringContaining('ECONNREFUSED')];
    expect(await detailOf({ DATABASE_URL: pooler })).toEqual(down);
    expect(await detailOf({ DATABASE_DIRECT_URL: pooler })).toEqual(down);
    expect(await detailOf({ DATABASE_URL: pooler, DATABASE_DIRECT_URL: DATABASE_URL })).toEqual(down);
    expect(await detailOf({ DATABASE_DIRECT_URL: DATABASE_URL })).toEqual([
      'ok',
      'answers through the pooler and directly',
    ]);
  });

  it('migrations: names missing migrations, and reports a server that is down without its password', async () => {
    await world.database.query(
      `UPDATE postgres."_prisma_migrations" SET rolled_back_at = now() WHERE migration_name LIKE '%word_level'`,
    );
    expect(await check('migrations')).toMatchObject({
      status: 'failed',
      detail: 'not applied: postgres 20260102000000_add_word_level',
      advice: expect.stringContaining('main.js migrate'),
    });
    await world.database.query('UPDATE postgres."_prisma_migrations" SET rolled_back_at = NULL');
    await world.database.query(
      `UPDATE postgres."_prisma_migrations" SET finished_at = NULL WHERE migration_name LIKE '%word_level'`,
    );
    expect(await check('migrations')).toMatchObject({
      detail: expect.stringContaining('running now or failed'),
    });
    await world.database.query('UPDATE postgres."_prisma_migrations" SET finished_at = now()');

    const away = await check(
      'migrations',
      withEnv({ DATABASE_URL: 'postgresql://u:hunter22@127.0.0.1:1/lms' }),
    );
    expect(away).toMatchObject({ status: 'failed', detail: expect.stringContaining('ECONNREFUSED') });
    expect(JSON.stringify(away)).not.toContain('hunter22');
  });

  it('migrations: accepts a database that is ahead', async () => {
    await world.database.query(
      `INSERT INTO postgres."_prisma_migrations" (id, checksum, migration_name, finished_at)
       VALUES ('later', '', '20990101000000_later', now())`,
    );
    expect(await check('migrations')).toMatchObject({
      status: 'ok',
      detail: expect.stringContaining('1 newer'),
    });
  });

  it('redis: reports a server that is down', async () => {
    const result = await check('redis', withEnv({ REDIS_URL: 'redis://:hunter22@127.0.0.1:1' }));
    expect(result).toMatchObject({ status: 'failed', detail: expect.stringContaining('ECONNREFUSED') });
  });

  it('kafka: reports brokers that are down, and topics that are missing', async () => {
    const away = await check('kafka', withEnv({ KAFKA_BROKERS: '127.0.0.1:1' }));
    expect(away).toMatchObject({ status: 'failed', advice: expect.stringContaining('KAFKA_BROKERS') });
    const missing = await check('kafka', withEnv({ KAFKA_TOPIC_PREFIX: 'nobody.made.these.' }));
    expect(missing).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('nobody.made.these.'),
    });
  });

  it('object store: reports a wrong key, and a CDN that serves too much or nothing', async () => {
    expect(await check('object store', withEnv({ R2_SECRET_KEY: 'not-the-key' }))).toMatchObject({
      status: 'failed',
      detail: expect.stringMatching(/a signed PUT returned 403/),
    });
    const open = await world.openCdn();
    const leaky = await check(
      'object store',
      withEnv({ R2_PUBLIC_URL: `http://localhost:${open.port}/cdn` }),
    );
    await open.close();
    expect(leaky).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining("users' files can be read"),
    });
    const nothing = await check('object store', withEnv({ R2_PUBLIC_URL: world.plainUrl }));
    expect(nothing.status).toBe('failed');
    expect(await world.bucket.keys()).toEqual([]);
  });

  it('health: names what is down', async () => {
    world.answerHealthWith(503, {
      status: 'down',
      services: {
        auth: { status: 'up' },
        media: { status: 'down', dependencies: { redis: { status: 'down' } } },
      },
    });
    expect(await check('health')).toMatchObject({
      status: 'failed',
      detail: expect.stringMatching(/returned 503; down: media\.redis$/),
    });
    expect(await check('health', { baseUrl: null })).toMatchObject({ status: 'skipped' });
  });

  it('https: reports plain HTTP in production, and an untrusted certificate', async () => {
    const production = { ...withEnv({ NODE_ENV: 'production' }), baseUrl: world.plainUrl };
    expect(await check('https', production)).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('not https'),
    });
    setDefaultCACertificates(trusted);
    expect(await check('https')).toMatchObject({
      status: 'failed',
      detail: expect.stringMatching(/self.signed/i),
    });
  });

  it('no secret in logs: reports the line and the variable, never the value', async () => {
    const { R2_SECRET_KEY: secret = '' } = world.context.env;
    const jwt = `eyJ${'a'.repeat(20)}.eyJ${'b'.repeat(20)}.${'c'.repeat(30)}`;
    const file = world.writeLog(`{"msg":"fine"}\n{"msg":"key ${secret}"}\n{"token":"${jwt}"}\n`);
    const result = await check('no secret in logs', { logFiles: [file] });
    expect(result).toMatchObject({ status: 'failed' });
    expect(result.detail).toBe(
      `${file}:2 contains the value of R2_SECRET_KEY; ${file}:3 contains a JSON Web Token`,
    );
    const clean = world.writeLog('{"msg":"postgresql://[redacted]@db/lms"}\n');
    expect(await check('no secret in logs', { logFiles: [clean] })).toMatchObject({
      status: 'ok',
      detail: expect.stringContaining('1 lines of logs'),
    });
    expect(await check('no secret in logs', { logFiles: ['/does/not/exist'] })).toMatchObject({
      status: 'failed',
    });
  });
});
