import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { durationSeconds, parseDurationSeconds } from './duration.ts';
import { envExample } from './env-example.ts';
import { ConfigError, parseConfig } from './parse-config.ts';
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
      JWT_ACCESS_SECRET: 'short',
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
    expect(JSON.stringify(problems)).not.toMatch(/hunter2|short/);
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

  it('refuses development values of secrets in production only', () => {
    const env = { ...good, R2_SECRET_KEY: 'change_me' };
    expect(problemsOf(env)).toEqual({});
    expect(problemsOf({ ...env, NODE_ENV: 'production' })).toEqual({
      R2_SECRET_KEY: 'still has its development value; set your own secret',
    });
  });

  it('splits lists and trims their entries', () => {
    const { CORS_ORIGINS } = parseConfig(everything, {
      ...good,
      CORS_ORIGINS: 'https://a.example, https://b.example,',
    });
    expect(CORS_ORIGINS).toEqual(['https://a.example', 'https://b.example']);
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
