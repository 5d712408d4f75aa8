import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type Harness, newEmail, startHarness } from '../testing/harness.ts';
import { seedAccounts } from './seed-accounts.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.stop());

const accountOf = (role: 'learner' | 'editor' | 'admin') => ({
  email: newEmail(),
  password: `${role}-for-development`,
  role,
  displayName: 'Minh',
  locale: 'vi',
  timeZone: 'Asia/Ho_Chi_Minh',
});
const seed = (accounts: ReturnType<typeof accountOf>[], environment = 'development') =>
  seedAccounts(accounts, { prisma: harness.deps.prisma, log: harness.log, environment });

test('seeding creates accounts that can sign in and have confirmed addresses, and publishes them', async () => {
  const editor = accountOf('editor');
  await seed([editor, accountOf('admin')]);
  const signedIn = await harness.login(editor);
  const me = await harness.call('GET', '/users/me', { token: signedIn.token });
  expect(me.body).toMatchObject({ role: 'editor', emailVerified: true, displayName: 'Minh' });
  expect(await harness.events(signedIn.userId)).toMatchObject([
    { type: 'user.registered', data: { role: 'editor' } },
  ]);
});

test('seeding again, also at the same time, changes nothing', async () => {
  const accounts = [accountOf('learner'), accountOf('editor')];
  await Promise.all([seed(accounts), seed(accounts)]);
  await seed(accounts.map((account) => ({ ...account, password: 'another-for-development' })));
  const { userId } = await harness.login(accounts[0] as (typeof accounts)[number]);
  expect(await harness.events(userId)).toHaveLength(1);
});

test('seeding is refused in production', async () => {
  const account = accountOf('admin');
  await expect(seed([account], 'production')).rejects.toThrow('NODE_ENV is production');
  await expect(harness.login(account)).rejects.toThrow('invalid_credentials');
});
