import { AppError } from '@lms/errors';
import { attemptPassword } from '../attempts/password-attempts.ts';
import type { Deps } from '../deps.ts';
import type { User } from '../users/user.ts';
import { verifyPassword } from './password-hash.ts';

/**
 * Checks that the signed-in user knows the password; wrong passwords count as they do at sign-in.
 * @throws AppError `invalid_credentials` naming `field`; `rate_limited`.
 */
export async function provePassword(
  proof: { user: User; password: string; field: string; network: string },
  deps: Pick<Deps, 'counters'>,
): Promise<void> {
  const attempt = { email: proof.user.email, network: proof.network };
  const compare = () => verifyPassword(proof.user.passwordHash, proof.password);
  if (!(await attemptPassword(attempt, compare, deps))) {
    throw new AppError('invalid_credentials', 'The password is wrong.', {
      errors: [{ path: proof.field, message: 'is not your password' }],
    });
  }
}
