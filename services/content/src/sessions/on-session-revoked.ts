import type { EventHandler } from '@lms/events';
import type { Deps, Tx } from '../deps.ts';

/** Refuses the session's access tokens until the last of them has expired. */
export const onSessionRevoked: EventHandler<'session.revoked', Tx, Deps> = async ({ data }, { deps }) => {
  const seconds = Math.ceil((Date.parse(data.accessTokensExpireAt) - Date.now()) / 1000);
  if (seconds > 0) await deps.sessionRevocations.revoke(data.sessionId, seconds);
};
