import { expect, test } from '@jest/globals';
import { parseConfig, serviceVariables } from '@lms/config';
import { aiVariables } from './config.ts';

const env = {
  DATABASE_URL: 'postgresql://u:p@127.0.0.1/lms',
  REDIS_URL: 'redis://127.0.0.1',
  KAFKA_BROKERS: '127.0.0.1:9092',
  AUTH_JWKS_URL: 'http://auth/jwks.json',
  R2_ENDPOINT: 'http://127.0.0.1:9000',
  R2_BUCKET: 'lms-files',
  R2_ACCESS_KEY: 'a',
  R2_SECRET_KEY: 'b',
  R2_PUBLIC_URL: 'http://127.0.0.1:9000',
};
const parse = (changes: Record<string, string>) =>
  parseConfig({ ...serviceVariables, ...aiVariables }, { ...env, ...changes });

test('no AI variable is required', () => {
  expect(parse({})).toMatchObject({ AI_PROVIDER: 'auto', AI_CALLS_PER_DAY: 200, AI_TOKENS_PER_DAY: 300_000 });
});

test('the example key counts as unset in development, and prevents the start in staging and production', () => {
  expect(parse({ OPENAI_API_KEY: 'sk-change_me' }).OPENAI_API_KEY).toBe('sk-change_me');
  for (const NODE_ENV of ['staging', 'production'])
    expect(() => parse({ OPENAI_API_KEY: 'sk-change_me', NODE_ENV })).toThrow(/OPENAI_API_KEY/);
});

test('every wrong variable is named', () => {
  const wrong = {
    AI_PROVIDER: 'claude',
    OPENAI_BASE_URL: 'ftp://x',
    AI_CALLS_PER_DAY: '0',
    AI_TIMEOUT_MS: '1',
  };
  expect(() => parse(wrong)).toThrow(
    /AI_PROVIDER[\s\S]*OPENAI_BASE_URL[\s\S]*AI_TIMEOUT_MS[\s\S]*AI_CALLS_PER_DAY/,
  );
});
