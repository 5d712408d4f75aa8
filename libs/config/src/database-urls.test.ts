import { describe, expect, it } from '@jest/globals';
import { ConfigError, checkDatabaseUrls, databaseUrlWarning, directDatabaseUrl } from './index.ts';

const server = 'postgresql://u:hunter2@db:5432/lms';
const pooler = 'postgresql://u:hunter2@pooler:6432/lms';

function problemsOf(urls: { DATABASE_URL: string; DATABASE_DIRECT_URL?: string }): string[] {
  try {
    checkDatabaseUrls(urls);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.message).not.toContain('hunter2');
    return error.problems.map(({ name, message }) => `${name} ${message}`);
  }
}

describe('checkDatabaseUrls', () => {
  it('accepts a server, and a pooler with the server behind it', () => {
    expect(problemsOf({ DATABASE_URL: `${server}?options=-c%20work_mem%3D9MB` })).toEqual([]);
    expect(problemsOf({ DATABASE_URL: pooler, DATABASE_DIRECT_URL: server })).toEqual([]);
    expect(problemsOf({ DATABASE_URL: `${pooler}?pgbouncer=true`, DATABASE_DIRECT_URL: server })).toEqual([]);
  });

  it('refuses a declared pooler without the server behind it', () => {
    expect(problemsOf({ DATABASE_URL: `${pooler}?pgbouncer=true` })).toEqual([
      expect.stringMatching(/^DATABASE_DIRECT_URL is required/),
    ]);
  });

  it('refuses a direct URL that leads to a pooler, and options through one', () => {
    const urls = {
      DATABASE_URL: `${pooler}?options=-c%20a%3D1`,
      DATABASE_DIRECT_URL: `${server}?pgbouncer=true`,
    };
    expect(problemsOf(urls)).toEqual([
      expect.stringMatching(/^DATABASE_URL must not have options/),
      expect.stringMatching(/^DATABASE_DIRECT_URL must not lead to a pooler/),
    ]);
  });
});

it('directDatabaseUrl is the server itself', () => {
  expect(directDatabaseUrl({ DATABASE_URL: server })).toBe(server);
  expect(directDatabaseUrl({ DATABASE_URL: pooler, DATABASE_DIRECT_URL: server })).toBe(server);
});

it('databaseUrlWarning names the port of a pooler, unless the server behind it is known', () => {
  expect(databaseUrlWarning({ DATABASE_URL: pooler })).toContain('DATABASE_DIRECT_URL');
  expect(databaseUrlWarning({ DATABASE_URL: pooler.replace('6432', '6543') })).toBeDefined();
  expect(databaseUrlWarning({ DATABASE_URL: pooler, DATABASE_DIRECT_URL: server })).toBeUndefined();
  expect(databaseUrlWarning({ DATABASE_URL: server })).toBeUndefined();
});
