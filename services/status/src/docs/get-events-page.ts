import { defineRoute, Reply } from '@lms/http';
import { eventsPage, eventsPolicy } from './events-page.ts';

export const getEventsPage = defineRoute({
  method: 'get',
  path: '/docs/events',
  summary: 'Events of the platform as a page',
  tag: 'Documentation',
  auth: 'public',
  output: { status: 200, body: { contentTypes: ['text/html'] } },
  handler: async () =>
    new Reply(eventsPage(), {
      headers: { 'cache-control': 'public, max-age=60', 'content-security-policy': eventsPolicy },
    }),
});
