import { notFound } from '@lms/errors';
import { defineRoute } from '@lms/http';
import { z } from 'zod';
import { type EndSessionsDeps, endOwnSessions } from './end-own-sessions.ts';

/** For example, to end the session of a lost phone. */
export const deleteSession = defineRoute({
  method: 'delete',
  path: '/auth/sessions/{sessionId}',
  summary: 'Sign out of one device',
  tag: 'Sessions',
  auth: 'user',
  input: { params: z.object({ sessionId: z.uuid() }) },
  output: { status: 204 },
  errors: ['not_found'],
  handler: async ({ caller, params }, deps: EndSessionsDeps) => {
    const ended = await endOwnSessions(caller, { ids: [params.sessionId], reason: 'logout' }, deps);
    if (ended === 0) throw notFound('The session');
  },
});
