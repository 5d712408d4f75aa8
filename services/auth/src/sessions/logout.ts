import { defineRoute } from '@lms/http';
import { type EndSessionsDeps, endOwnSessions } from './end-own-sessions.ts';

export const logout = defineRoute({
  method: 'post',
  path: '/auth/logout',
  summary: 'Sign out of this device',
  tag: 'Sessions',
  auth: 'user',
  output: { status: 204 },
  handler: async ({ caller }, deps: EndSessionsDeps) => {
    await endOwnSessions(caller, { ids: [caller.sessionId], reason: 'logout' }, deps);
  },
});
