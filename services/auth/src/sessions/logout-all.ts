import { defineRoute } from '@lms/http';
import { type EndSessionsDeps, endOwnSessions } from './end-own-sessions.ts';

export const logoutAll = defineRoute({
  method: 'post',
  path: '/auth/logout-all',
  summary: 'Sign out of all devices',
  tag: 'Sessions',
  auth: 'user',
  output: { status: 204 },
  handler: async ({ caller }, deps: EndSessionsDeps) => {
    await endOwnSessions(caller, { reason: 'logout_all' }, deps);
  },
});
