import { z } from 'zod';
import { defineEvent, topics } from './define-event.ts';

const userId = z.uuid();
const time = z.iso.datetime();
const byUser = (data: { userId: string }) => data.userId;

/** Names and addresses of people stay in the auth service; events carry ids and the facts that other services need. */
export const authEvents = [
  defineEvent({
    type: 'user.registered',
    version: 1,
    topic: topics.auth,
    summary: 'Somebody registered.',
    data: z.object({
      userId,
      role: z.enum(['learner', 'editor', 'admin']),
      locale: z.string().max(35),
      timeZone: z.string().max(64),
      registeredAt: time,
    }),
    key: byUser,
  }),
  defineEvent({
    type: 'user.updated',
    version: 1,
    topic: topics.auth,
    summary: 'User data that other services use has changed.',
    data: z.object({
      userId,
      role: z.enum(['learner', 'editor', 'admin']),
      locale: z.string().max(35),
      timeZone: z.string().max(64),
      updatedAt: time,
    }),
    key: byUser,
  }),
  defineEvent({
    type: 'user.deleted',
    version: 1,
    topic: topics.auth,
    summary:
      'An account was deleted: every service erases its data about the user and publishes user.erased.',
    data: z.object({ userId, erasureId: z.uuid(), deletedAt: time }),
    key: byUser,
  }),
  defineEvent({
    type: 'session.revoked',
    version: 1,
    topic: topics.auth,
    summary: 'A session ended; its access tokens are refused until they expire.',
    data: z.object({
      sessionId: z.uuid(),
      userId,
      reason: z.enum([
        'logout',
        'logout_all',
        'refresh_token_reused',
        'password_changed',
        'user_deleted',
        'suspended',
      ]),
      /** When the last access token of the session expires. */
      accessTokensExpireAt: time,
      revokedAt: time,
    }),
    key: byUser,
  }),
] as const;

/** One per service that erases, on the service's own topic. */
export function erasedEvent<const S extends 'content' | 'media' | 'ai'>(service: S) {
  return defineEvent({
    type: `user.erased.${service}`,
    version: 1,
    topic: topics[service],
    summary: `The ${service} service has erased or anonymised all it had of a user.`,
    data: z.object({ userId, erasureId: z.uuid(), service: z.literal(service), erasedAt: time }),
    key: byUser,
  });
}
