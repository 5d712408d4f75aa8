import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { type Account, type Harness, newEmail, startHarness } from '../testing/harness.ts';
import { setRole } from './set-role.ts';

let harness: Harness;
let admin: Account;
beforeAll(async () => {
  harness = await startHarness();
});
beforeEach(async () => {
  await harness.database.query('DELETE FROM auth.users');
  admin = await newAdmin();
});
afterAll(() => harness?.stop());

async function newAdmin(): Promise<Account> {
  const account = await harness.register();
  await harness.setRole(account, 'admin');
  return harness.login(account);
}
const patch = ({ userId }: { userId: string }, body: unknown, by = admin) =>
  harness.call('PATCH', `/users/${userId}`, { token: by.token, body });
const list = (query = '') => harness.call('GET', `/users${query}`, { token: admin.token });

describe('an admin', () => {
  test('makes a learner an editor, ends their sessions and publishes the change', async () => {
    const learner = await harness.register();
    expect(await patch(learner, { role: 'editor' })).toMatchObject({
      status: 200,
      body: { id: learner.userId, role: 'editor', suspendedAt: null },
    });
    expect((await harness.events(learner.userId)).map(({ type }) => type)).toEqual([
      'user.registered',
      'session.revoked',
      'user.updated',
    ]);
    expect(await harness.call('GET', '/users/me', { token: learner.token })).toMatchObject({
      status: 401,
      body: { code: 'session_revoked' },
    });
    const again = await harness.login(learner);
    expect((await harness.call('GET', '/users/me', { token: again.token })).body.role).toBe('editor');
  });

  test('suspends a user, who is signed out at once and cannot sign in until reinstated', async () => {
    const learner = await harness.register();
    const answer = await patch(learner, { suspended: true });
    expect(answer.body.suspendedAt).toEqual(expect.any(String));
    const { email, password, refreshToken } = learner;
    expect((await harness.call('GET', '/users/me', { token: learner.token })).status).toBe(401);
    expect((await harness.call('POST', '/auth/refresh', { body: { refreshToken } })).status).toBe(401);
    const login = () => harness.call('POST', '/auth/login', { body: { email, password } });
    expect(await login()).toMatchObject({ status: 403, body: { code: 'account_suspended' } });
    const wrong = await harness.call('POST', '/auth/login', { body: { email, password: 'wrong' } });
    expect(wrong).toMatchObject({ status: 401, body: { code: 'invalid_credentials' } });
    const [revoked] = (await harness.events(learner.userId)).slice(-1);
    expect(revoked).toMatchObject({ type: 'session.revoked', data: { reason: 'suspended' } });

    expect((await patch(learner, { suspended: false })).body.suspendedAt).toBeNull();
    expect((await login()).status).toBe(200);
  });

  test('ends no session if nothing changes', async () => {
    const learner = await harness.register();
    expect((await patch(learner, { role: 'learner', suspended: false })).status).toBe(200);
    expect(await harness.events(learner.userId)).toHaveLength(1);
    expect((await harness.call('GET', '/users/me', { token: learner.token })).status).toBe(200);
  });

  test('cannot remove the last admin', async () => {
    for (const body of [{ role: 'learner' }, { suspended: true }]) {
      expect(await patch(admin, body)).toMatchObject({ status: 409, body: { code: 'conflict' } });
    }
    const { token, password } = admin;
    expect(await harness.call('DELETE', '/users/me', { token, body: { password } })).toMatchObject({
      status: 409,
    });
    const second = await newAdmin();
    await patch(second, { suspended: true });
    expect((await patch(admin, { role: 'learner' })).status).toBe(409);
    await patch(second, { suspended: false });
    expect((await patch(admin, { role: 'learner' })).status).toBe(200);
  });

  test('and another admin who demote each other at the same time cannot both succeed', async () => {
    for (let round = 0; round < 5; round++) {
      await harness.database.query('DELETE FROM auth.users');
      const [one, two] = [await newAdmin(), await newAdmin()];
      await Promise.all([patch(two, { role: 'learner' }, one), patch(one, { role: 'learner' }, two)]);
      const [left] = await harness.database.query<{ count: string }>(
        "SELECT count(*) FROM auth.users WHERE role = 'admin'",
      );
      expect(left?.count).toBe('1');
    }
  });

  test('reports unknown users and invalid requests', async () => {
    expect((await patch({ userId: uuidv7() }, { role: 'editor' })).status).toBe(404);
    expect((await patch({ userId: 'x' }, { role: 'editor' })).status).toBe(404);
    expect(await patch(admin, {})).toMatchObject({ status: 400, body: { errors: [{ path: 'body' }] } });
    expect(await patch(admin, { role: 'king' })).toMatchObject({
      status: 400,
      body: { errors: [{ path: 'body.role' }] },
    });
  });
});

describe('the command set-role', () => {
  test('makes a user the first admin, and ends their old sessions', async () => {
    const learner = await harness.register();
    await setRole([learner.email.toUpperCase(), 'admin'], harness.deps);
    expect((await harness.call('GET', '/users/me', { token: learner.token })).status).toBe(401);
    const { token } = await harness.login(learner);
    expect((await harness.call('GET', '/users', { token })).status).toBe(200);
    expect((await harness.events(learner.userId)).at(-1)).toMatchObject({ type: 'user.updated' });
  });

  test('prints its usage, reports unknown users, and keeps the last admin', async () => {
    for (const args of [
      [],
      [admin.email],
      [admin.email, 'king'],
      ['nobody', 'admin'],
      [admin.email, 'editor', 'x'],
    ])
      await expect(setRole(args, harness.deps)).rejects.toThrow('usage: set-role');
    await expect(setRole([newEmail(), 'admin'], harness.deps)).rejects.toThrow('was not found');
    await expect(setRole([admin.email, 'editor'], harness.deps)).rejects.toMatchObject({ code: 'conflict' });
  });
});

describe('the list of users', () => {
  test('is paginated, newest first, with each user once', async () => {
    const accounts = [admin];
    for (let count = 0; count < 4; count++) accounts.push(await harness.register());
    const seen: string[] = [];
    let cursor = '';
    do {
      const { status, body } = await list(`?limit=2${cursor ? `&cursor=${cursor}` : ''}`);
      expect(status).toBe(200);
      expect(body.items.length).toBeLessThanOrEqual(2);
      seen.push(...body.items.map(({ id }: { id: string }) => id));
      cursor = body.nextCursor;
    } while (cursor);
    expect(seen).toEqual(accounts.map(({ userId }) => userId).reverse());
  });

  test('can be filtered, and never contains password hashes', async () => {
    const learner = await harness.register();
    await patch(learner, { suspended: true });
    const ids = async (query: string) =>
      (await list(query)).body.items.map(({ id }: { id: string }) => id) as string[];
    expect(await ids('?role=admin')).toEqual([admin.userId]);
    expect(await ids(`?email=${encodeURIComponent(learner.email.toUpperCase())}`)).toEqual([learner.userId]);
    expect(await ids('?suspended=true')).toEqual([learner.userId]);
    expect(await ids('?suspended=false')).toEqual([admin.userId]);
    expect(JSON.stringify((await list()).body)).not.toMatch(/argon2|password/i);
  });

  test('refuses invalid limits and cursors', async () => {
    for (const query of ['?limit=0', '?limit=101', '?cursor=x', '?role=king', '?suspended=perhaps'])
      expect((await list(query)).status).toBe(400);
  });

  test('is available only to admins, and not with an old token that still has the role admin', async () => {
    const learner = await harness.register();
    expect((await harness.call('GET', '/users', { token: learner.token })).status).toBe(403);
    expect((await patch(admin, { role: 'learner' }, learner)).status).toBe(403);
    await harness.setRole(admin, 'learner');
    expect((await list()).status).toBe(403);
  });
});
