import type { Caller } from '@lms/http';
import { networkOf } from '../attempts/network-of.ts';
import type { Deps } from '../deps.ts';
import { enqueueMail } from '../emails/mail-jobs.ts';
import { deleteMailTokens } from '../emails/mail-token-store.ts';
import { endSessions, refuseAccessTokens } from '../sessions/end-sessions.ts';
import { getSignedInUser } from '../sessions/signed-in-user.ts';
import { lockUser, updateUser } from '../users/user-store.ts';
import { hashPassword } from './password-hash.ts';
import { checkPassword } from './password-rules.ts';
import { provePassword } from './prove-password.ts';

interface ChangeInput {
  caller: Caller;
  body: { currentPassword: string; newPassword: string };
  clientIp: string;
}

type ChangeDeps = Pick<Deps, 'prisma' | 'counters' | 'accessTokens' | 'sessionRevocations' | 'log'>;

/** Changes the caller's password; every other session of theirs ends. */
export async function changePassword(
  { caller, body, clientIp }: ChangeInput,
  deps: ChangeDeps,
): Promise<undefined> {
  const user = await getSignedInUser(deps.prisma, caller);
  const { email, displayName } = user;
  checkPassword(body.newPassword, { field: 'body.newPassword', about: [email, displayName] });
  const proof = { user, password: body.currentPassword, field: 'body.currentPassword' };
  await provePassword({ ...proof, network: networkOf(clientIp) }, deps);
  const passwordHash = await hashPassword(body.newPassword);

  const now = new Date();
  const ended = await deps.prisma.$transaction(async (tx) => {
    await lockUser(tx, user.id);
    // Somebody else may have ended this session meanwhile, with a reset for instance: theirs counts.
    await getSignedInUser(tx, caller);
    await updateUser(tx, user.id, { passwordHash }, now);
    await deleteMailTokens(tx, user.id, 'reset_password');
    await enqueueMail(tx, { name: 'mail_password_changed', userId: user.id });
    const { sessionId } = caller;
    return endSessions(tx, { userId: user.id, except: sessionId, reason: 'password_changed', now }, deps);
  });
  await refuseAccessTokens(ended, deps);
}
