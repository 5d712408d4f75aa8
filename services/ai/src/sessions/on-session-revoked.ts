import type { CloudEvent } from '@lms/events';
import type { Deps } from '../deps.ts';

/** Refuses the session's access tokens until the last of them has expired. */
export async function onSessionRevoked(
  event: CloudEvent<'session.revoked'>,
  { deps }: { deps: Pick<Deps, 'sessionRevocations'> },
): Promise<void> {
  const { sessionId, accessTokensExpireAt } = event.data;
  const seconds = Math.ceil((Date.parse(accessTokensExpireAt) - Date.now()) / 1_000);
  if (seconds > 0) await deps.sessionRevocations.revoke(sessionId, seconds);
}
