import { type Consumers, defineConsumers, type SqlTransaction } from '@lms/events';
import type { CoreDeps } from './core-deps.ts';

/**
 * Refuses the access tokens of a session that has ended, until the last of them has expired. In auth the request
 * that ended the session has done so already, unless its process died or Redis was down.
 *
 * `revoke` also tells every process that has a subscription. So one that learns of revocations by messages alone learns
 * of those, too, that a process of an earlier version has made: it wrote a key and sent no message.
 */
export const onSessionRevoked: Consumers<
  SqlTransaction,
  Pick<CoreDeps, 'sessionRevocations'>
> = defineConsumers<SqlTransaction, Pick<CoreDeps, 'sessionRevocations'>>({
  'session.revoked': async ({ data }, { deps }) => {
    const seconds = Math.ceil((Date.parse(data.accessTokensExpireAt) - Date.now()) / 1_000);
    if (seconds > 0) await deps.sessionRevocations.revoke(data.sessionId, seconds);
  },
});
