import { notFound } from '@lms/errors';
import { roles } from '@lms/http';
import type { Deps } from '../deps.ts';
import { refuseAccessTokens } from '../sessions/end-sessions.ts';
import { changeStanding } from './change-standing.ts';
import { emailAddress } from './user.ts';
import { findUserByEmail } from './user-store.ts';

/**
 * Command `set-role <address> <role>`, which creates the first admin.
 * @throws Error with its usage; AppError `not_found`, `conflict`.
 */
export async function setRole(
  [address, roleName, ...rest]: readonly string[],
  deps: Pick<Deps, 'prisma' | 'accessTokens' | 'sessionRevocations' | 'log'>,
): Promise<void> {
  const email = emailAddress.safeParse(address ?? '');
  const role = roles.find((known) => known === roleName);
  if (!email.success || !role || rest.length > 0) {
    throw new Error(`usage: set-role <e-mail address> <${roles.join('|')}>`);
  }
  const found = await findUserByEmail(deps.prisma, email.data);
  if (!found) throw notFound('The user');
  const { ended } = await deps.prisma.$transaction((tx) =>
    changeStanding(tx, { userId: found.id, standing: { role } }, deps),
  );
  await refuseAccessTokens(ended, deps);
  deps.log.info({ userId: found.id, role, sessionsEnded: ended.length }, 'role set');
}
