import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { rowTypesOf } from '@lms/testing';
import { sessionStatements } from './sessions/session-store.ts';
import { type Harness, startHarness } from './testing/harness.ts';
import { findUserByEmailStatement } from './users/user-store.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.stop());

const typesOf = (statement: string) =>
  rowTypesOf({ databaseUrl: harness.database.databaseUrl, schema: 'auth' }, statement);

const time = 'timestamp with time zone';
/** `User`. */
const user = {
  ...{
    id: 'uuid',
    email: 'text',
    emailVerifiedAt: time,
    passwordHash: 'text',
    displayName: 'text',
    role: 'text',
  },
  ...{ locale: 'text', timeZone: 'text', suspendedAt: time, createdAt: time, updatedAt: time },
};
const session = {
  ...{ sessionId: 'uuid', tokenHash: 'text', generation: 'integer', rotatedAt: `${time}[]` },
  ...{ startedAt: time, expiresAt: time, revokedAt: time, revokeReason: 'text' },
};

const rows: Record<keyof typeof sessionStatements, Record<string, string>> = {
  findSignedIn: { ...user, revokedAt: time },
  findForRefresh: { ...user, ...session },
  extend: {},
  rotate: {},
  insert: {},
  insertIfUnchanged: user,
  listLeastUsed: { id: 'uuid' },
  markRevoked: { id: 'uuid' },
};

describe('rows of prepared statements have the columns and types of their TypeScript types', () => {
  it.each(Object.keys(rows) as (keyof typeof rows)[])('%s', async (name) => {
    expect(await typesOf(sessionStatements[name])).toEqual(rows[name]);
  });

  it('findUserByEmail', async () => {
    expect(await typesOf(findUserByEmailStatement)).toEqual(user);
  });
});
