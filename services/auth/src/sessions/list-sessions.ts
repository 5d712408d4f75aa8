import { decodeCursor, defineRoute, pageOf, pageQuery, toPage } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { listLiveSessions } from './session-store.ts';

const sessionBody = z.object({
  id: z.uuid(),
  deviceName: z.string().nullable(),
  /** The caller's session. */
  current: z.boolean(),
  createdAt: z.iso.datetime(),
  lastUsedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
});

/** Newest first. */
export const listSessions = defineRoute({
  method: 'get',
  path: '/auth/sessions',
  summary: 'List the devices on which you are signed in',
  tag: 'Sessions',
  auth: 'user',
  input: { query: pageQuery },
  output: { status: 200, body: pageOf(sessionBody) },
  errors: ['invalid_cursor'],
  handler: async ({ caller, query }, { prisma }: Pick<Deps, 'prisma'>) => {
    const beforeId = query.cursor ? decodeCursor(query.cursor, z.object({ id: z.uuid() })).id : undefined;
    const rows = await listLiveSessions(prisma, {
      userId: caller.userId,
      now: new Date(),
      limit: query.limit + 1,
      beforeId,
    });
    const page = toPage(rows, query.limit, ({ id }) => ({ id }));
    return {
      nextCursor: page.nextCursor,
      items: page.items.map((session) => ({
        id: session.id,
        deviceName: session.deviceName,
        current: session.id === caller.sessionId,
        createdAt: session.createdAt.toISOString(),
        lastUsedAt: session.lastUsedAt.toISOString(),
        expiresAt: session.expiresAt.toISOString(),
      })),
    };
  },
});
