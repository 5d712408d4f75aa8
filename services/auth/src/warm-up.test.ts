import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { sessionStatements } from './sessions/session-store.ts';
import { type Harness, startHarness } from './testing/harness.ts';
import { findUserByEmailStatement } from './users/user-store.ts';
import { warmUp } from './warm-up.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.stop());

it('prepares the statements of sign-in, refresh and the account on one connection', async () => {
  await warmUp(harness.deps);
  // The pool hands out the connection that was returned last.
  const prepared = await harness.deps.sql.$queryRawUnsafe<{ statement: string }[]>(
    'SELECT statement FROM pg_prepared_statements',
  );
  const { findSignedIn, findForRefresh, extend, rotate, insertIfUnchanged, listLeastUsed } =
    sessionStatements;
  expect(prepared.map(({ statement }) => statement)).toEqual(
    expect.arrayContaining([
      ...[findUserByEmailStatement, findSignedIn, findForRefresh, extend, rotate],
      ...[insertIfUnchanged, listLeastUsed],
    ]),
  );
});

it('changes nothing', async () => {
  const account = await harness.register();
  const state = () =>
    harness.database.query(
      `SELECT (SELECT json_agg(users) FROM auth.users) AS users, (SELECT json_agg(sessions) FROM auth.sessions) AS sessions,
         (SELECT count(*) FROM auth.outbox) AS events`,
    );
  const before = await state();
  expect(JSON.stringify(before)).toContain(account.sessionId);
  await Promise.all(Array.from({ length: 4 }, () => warmUp(harness.deps)));
  expect(await state()).toEqual(before);
});
