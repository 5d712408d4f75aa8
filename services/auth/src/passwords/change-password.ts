import { defineRoute } from '@lms/http';
import { z } from 'zod';
import { networkOf } from '../attempts/network-of.ts';
import type { Deps } from '../deps.ts';
import { enqueueMail } from '../emails/mail-jobs.ts';
import { deleteMailTokens } from '../emails/mail-token-store.ts';
import { endSessions, refuseAccessTokens } from '../sessions/end-sessions.ts';
import { getSignedInUser } from '../sessions/get-signed-in-user.ts';
import { lockUser, saveUser } from '../users/user-store.ts';
import { hashPassword } from './password-hash.ts';
import { checkPassword, existingPassword, newPassword } from './password-rules.ts';
import { provePassword } from './prove-password.ts';

type ChangeDeps = Pick<Deps, 'prisma' | 'counters' | 'accessTokens' | 'sessionRevocations' | 'log'>;

/** Also ends every other session of the caller. */
export const changePassword = defineRoute({
  method: 'post',
  path: '/auth/password/change',
  summary: 'Change your password',
  tag: 'Passwords',
  auth: 'user',
  input: { body: z.strictObject({ currentPassword: existingPassword, newPassword }) },
  output: { status: 204 },
  errors: ['invalid_credentials'],
  rateLimit: { name: 'auth-password', limit: 20, windowSeconds: 60 },
  bodyLimitBytes: 8_192,
  handler: async ({ caller, body, clientIp }, deps: ChangeDeps) => {
    const user = await getSignedInUser(deps.prisma, caller);
    const { email, displayName } = user;
    await checkPassword(body.newPassword, { field: 'body.newPassword', about: [email, displayName] });
    const proof = { user, password: body.currentPassword, field: 'body.currentPassword' };
    await provePassword({ ...proof, network: networkOf(clientIp) }, deps);
    const passwordHash = await hashPassword(body.newPassword);

    const now = new Date();
    const ended = await deps.prisma.$transaction(async (tx) => {
      await lockUser(tx, user.id);
      // Another request, such as a reset, may have ended this session meanwhile; it takes precedence.
      await getSignedInUser(tx, caller);
      await saveUser(tx, user.id, { passwordHash }, now);
      await deleteMailTokens(tx, user.id, 'reset_password');
      await enqueueMail(tx, { name: 'mail_password_changed', userId: user.id });
      const { sessionId } = caller;
      return endSessions(tx, { userId: user.id, except: sessionId, reason: 'password_changed', now }, deps);
    });
    await refuseAccessTokens(ended, deps);
  },
});
