import type { Deps } from '../deps.ts';
import { enqueueMail } from '../emails/mail-jobs.ts';
import { findUserByEmail } from '../users/user-store.ts';

/**
 * Has a link mailed to the account with this address. The answer, and the work until then, are the same when
 * there is none.
 */
export async function forgotPassword(
  { body }: { body: { email: string } },
  { prisma }: Pick<Deps, 'prisma'>,
): Promise<undefined> {
  const user = await findUserByEmail(prisma, body.email);
  await enqueueMail(prisma, { name: 'mail_password_reset', userId: user?.id ?? null });
}
