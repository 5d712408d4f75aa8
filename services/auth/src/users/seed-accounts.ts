import type { Logger } from '@lms/runtime';
import type { SeedAccount } from '../config.ts';
import type { Deps } from '../deps.ts';
import { hashPassword } from '../passwords/password-hash.ts';
import { createAccount } from './create-account.ts';
import { emailAddress, locale, timeZone } from './user.ts';
import { findUserByEmail } from './user-store.ts';

/**
 * Creates accounts for development, with confirmed addresses. Existing accounts are not changed.
 * @throws Error in production.
 */
export async function seedAccounts(
  accounts: SeedAccount[],
  { prisma, log, environment }: Pick<Deps, 'prisma'> & { log: Logger; environment: string },
): Promise<void> {
  if (environment === 'production') throw new Error('seed is for development: NODE_ENV is production');
  let created = 0;
  for (const account of accounts) {
    const email = emailAddress.parse(account.email);
    if (await findUserByEmail(prisma, email)) continue;
    const passwordHash = await hashPassword(account.password);
    const id = await prisma.$transaction((tx) =>
      createAccount(tx, {
        email,
        emailVerifiedAt: new Date(),
        passwordHash,
        displayName: account.displayName,
        role: account.role,
        locale: locale.parse(account.locale),
        timeZone: timeZone.parse(account.timeZone),
      }),
    );
    if (id) created += 1;
  }
  log.info({ created, accounts: accounts.length }, 'accounts seeded');
}
