import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { durationSeconds, parseDurationSeconds } from './duration.ts';
import { envExample } from './env-example.ts';
import { ConfigError, parseConfig, weakValuesOf } from './parse-config.ts';
import {
  accessTokenVariables,
  objectStoreVariables,
  postgresVariables,
  redisVariables,
  serviceVariables,
  tokenSigningVariables,
} from './variables.ts';

const everything = {
  ...serviceVariables,
  ...postgresVariables,
  ...redisVariables,
  ...accessTokenVariables,
  ...tokenSigningVariables,
  ...objectStoreVariables,
};
const good = {
  DATABASE_URL: 'postgresql://user:pass@db:5432/lms',
  REDIS_URL: 'redis://redis:6379',
  AUTH_JWKS_URL: 'http://auth:3000/api/v1/.well-known/jwks.json',
  JWT_ACCESS_SECRET: 'a'.repeat(32),
  JWT_REFRESH_SECRET: 'b'.repeat(32),
  R2_ENDPOINT: 'https://account.r2.cloudflarestorage.com',
  R2_BUCKET: 'lms-files',
  R2_ACCESS_KEY: 'key',
  R2_SECRET_KEY: 'a-secret-value',
  R2_PUBLIC_URL: 'https://cdn.example.com',
};

function problemsOf(env: NodeJS.ProcessEnv): Record<string, string> {
  try {
    parseConfig(everything, env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return Object.fromEntries(error.problems.map(({ name, message }) => [name, message]));
  }
  return {};
}

describe('parseConfig', () => {
  it('parses, fills in defaults and freezes', () => {
    const config = parseConfig(everything, good);
    expect(config).toMatchObject({
      PORT: 3000,
      NODE_ENV: 'development',
      JWT_ACCESS_EXPIRES_IN: 900,
      JWT_REFRESH_EXPIRES_IN: 604_800,
      CORS_ORIGINS: [],
    });
    expect(Object.isFrozen(config)).toBe(true);
  });

  it('names every wrong variable at once, and repeats no value', () => {
    const problems = problemsOf({
      ...good,
      PORT: 'eighty',
      DATABASE_URL: 'mysql://user:hunter2@db/lms',
      REDIS_URL: '',
      JWT_ACCESS_SECRET: '',
      JWT_ACCESS_EXPIRES_IN: '2 weeks',
    });
    expect(Object.keys(problems).sort()).toEqual([
      'DATABASE_URL',
      'JWT_ACCESS_EXPIRES_IN',
      'JWT_ACCESS_SECRET',
      'PORT',
      'REDIS_URL',
    ]);
    expect(problems.REDIS_URL).toBe('is required but not set');
    expect(JSON.stringify(problems)).not.toMatch(/hunter2|eighty/);
  });

  it('takes an empty string for unset', () => {
    expect(parseConfig(everything, { ...good, PORT: '' }).PORT).toBe(3000);
  });

  it.each([
    ['http:', 'no number'],
    ['999999', 'above the last port'],
    ['-1', 'negative'],
  ])('refuses the port %s', (PORT) => {
    expect(problemsOf({ ...good, PORT })).toHaveProperty('PORT');
  });

  it.each(['staging', 'production'])('refuses weak secrets in %s, naming each and no value', (NODE_ENV) => {
    const weak = {
      DATABASE_URL: 'postgresql://user:lms_pass@db:5432/lms',
      REDIS_URL: 'redis://:dev-only-redis@redis:6379',
      JWT_ACCESS_SECRET: 'short',
      JWT_REFRESH_SECRET: 'change_me',
      R2_ENDPOINT: 'https://<accountid>.r2.cloudflarestorage.com',
      R2_ACCESS_KEY: 'CHANGEME',
      R2_SECRET_KEY: 'change_me',
    };
    const development = 'still has a development value; set a secret of your own';
    const problems = problemsOf({ ...good, ...weak, NODE_ENV });
    expect(problems).toEqual({
      DATABASE_URL: development,
      REDIS_URL: development,
      JWT_ACCESS_SECRET: 'must have at least 32 characters',
      JWT_REFRESH_SECRET: development,
      R2_ENDPOINT: 'still has the placeholder of the example',
      R2_ACCESS_KEY: development,
      R2_SECRET_KEY: development,
    });
    expect(JSON.stringify(problems)).not.toMatch(/lms_pass|dev-only|short|change_me|accountid/);
    expect(problemsOf({ ...good, NODE_ENV })).toEqual({});
  });

  it.each(['staging', 'production'])('refuses one secret for both kinds of tokens in %s', (NODE_ENV) => {
    const env = { ...good, JWT_REFRESH_SECRET: good.JWT_ACCESS_SECRET, NODE_ENV };
    expect(problemsOf(env)).toEqual({ JWT_REFRESH_SECRET: 'must not be the same as JWT_ACCESS_SECRET' });
  });

  it.each(['staging', 'production'])('refuses every secret that .env.example shows in %s', (NODE_ENV) => {
    const examples = Object.entries(everything).map(([name, schema]) => [name, schema.meta()?.example ?? '']);
    // A Redis without a password has no secret to be weak.
    expect(Object.keys(problemsOf({ ...Object.fromEntries(examples), NODE_ENV })).sort()).toEqual([
      'DATABASE_DIRECT_URL',
      'DATABASE_URL',
      'JWT_ACCESS_SECRET',
      'JWT_REFRESH_SECRET',
      'R2_ACCESS_KEY',
      'R2_ENDPOINT',
      'R2_SECRET_KEY',
    ]);
  });

  it.each(['development', 'test', undefined])('accepts weak values when NODE_ENV is %s', (NODE_ENV) => {
    const weak = {
      JWT_ACCESS_SECRET: 'change_me',
      JWT_REFRESH_SECRET: 'change_me',
      R2_ENDPOINT: 'https://<accountid>.r2.cloudflarestorage.com',
    };
    const config = parseConfig(everything, { ...good, ...weak, NODE_ENV });
    expect(config.JWT_ACCESS_SECRET).toBe('change_me');
    // A name that never resolves: no request goes to someone else's account.
    expect(new URL(config.R2_ENDPOINT).hostname).toMatch(/\.invalid$/);
  });

  it('splits lists and trims their entries', () => {
    const { CORS_ORIGINS } = parseConfig(everything, {
      ...good,
      CORS_ORIGINS: 'https://a.example, https://b.example,',
    });
    expect(CORS_ORIGINS).toEqual(['https://a.example', 'https://b.example']);
  });
});

describe('weakValuesOf', () => {
  const names = (env: NodeJS.ProcessEnv) => weakValuesOf(everything, env).map(({ name }) => name);

  it('names what staging and production would refuse', () => {
    const env = {
      ...good,
      JWT_ACCESS_SECRET: 'one short secret',
      JWT_REFRESH_SECRET: 'one short secret',
      R2_ENDPOINT: 'https://<accountid>.r2.cloudflarestorage.com',
      R2_SECRET_KEY: 'change_me',
    };
    expect(names(env)).toEqual(['JWT_ACCESS_SECRET', 'JWT_REFRESH_SECRET', 'R2_ENDPOINT', 'R2_SECRET_KEY']);
    const same = { ...good, JWT_REFRESH_SECRET: good.JWT_ACCESS_SECRET };
    expect(names(same)).toEqual(['JWT_REFRESH_SECRET']);
  });

  it('does not report good values, or values that are marked as for development', () => {
    expect(names(good)).toEqual([]);
    expect(names({ ...good, REDIS_URL: 'redis://:dev-only-redis@redis:6379' })).toEqual([]);
  });

  it('reports nothing where weak values prevent the start', () => {
    expect(names({ ...good, JWT_ACCESS_SECRET: 'short', NODE_ENV: 'production' })).toEqual([]);
  });
});

describe('durations', () => {
  it.each([
    ['30s', 30],
    ['15m', 900],
    ['2h', 7_200],
    ['7d', 604_800],
    ['15', null],
    ['m', null],
    ['1.5h', null],
    ['-1h', null],
  ])('%s is %s seconds', (text, seconds) => {
    expect(parseDurationSeconds(text)).toBe(seconds);
  });

  it('keep within their bounds', () => {
    const schema = durationSeconds({ min: '1m', max: '1h' });
    expect(schema.safeParse('1m').data).toBe(60);
    expect(schema.safeParse('59s').success).toBe(false);
    expect(schema.safeParse('61m').success).toBe(false);
  });
});

describe('envExample', () => {
  it('writes each variable once under its section, optional ones commented out', () => {
    const text = envExample([serviceVariables, postgresVariables, postgresVariables]);
    expect(text.match(/^DATABASE_URL=/gm)).toHaveLength(1);
    expect(text.indexOf('## App')).toBeLessThan(text.indexOf('## Database'));
    expect(text).toMatch(/^# CORS_ORIGINS=$/m);
    expect(text).toMatch(/^PORT=3000$/m);
  });

  it('puts a variable without a section under Other', () => {
    expect(envExample([{ THING: z.string() }])).toBe('## Other\nTHING=\n');
  });
});
