import { expect, test } from '@jest/globals';
import { ConfigError, parseConfig } from '@lms/config';
import { statusVariables } from './config.ts';

const parse = (STATUS_TARGETS: string) =>
  parseConfig(statusVariables, { REDIS_URL: 'redis://localhost', STATUS_TARGETS }).STATUS_TARGETS;

test('targets are names with addresses', () => {
  expect(parse('auth=http://auth:9464, ai=https://ai.internal/base/')).toEqual([
    { name: 'auth', url: 'http://auth:9464' },
    { name: 'ai', url: 'https://ai.internal/base' },
  ]);
});

test.each([
  ['auth'],
  ['auth=auth:9464'],
  ['=http://auth'],
  ['auth=http://a,auth=http://b'],
  ['auth=http://a,,ai=http://b'],
  ['auth=ftp://a'],
  ['auth=http://a:99999'],
])('%s is refused', (text) => {
  expect(() => parse(text)).toThrow(ConfigError);
});
