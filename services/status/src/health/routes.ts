import { defineRoute, Reply } from '@lms/http';
import type { Deps } from '../deps.ts';
import { platformHealth } from './platform-health.ts';
import { streamHealth } from './stream-health.ts';

export const healthRoutes = [
  defineRoute({
    method: 'get',
    path: '/health',
    summary: 'Health of every service and of what each depends on: 200 when all is up, 503 when not',
    tag: 'Status',
    auth: 'public',
    output: { status: 200, alsoStatus: [503], body: platformHealth },
    rateLimit: { name: 'health', limit: 1_200, windowSeconds: 60 },
    handler: async (_input, { watchHealth }: Pick<Deps, 'watchHealth'>) => {
      const health = await watchHealth();
      return new Reply(health, {
        status: health.status === 'up' ? 200 : 503,
        headers: { 'cache-control': 'no-store' },
      });
    },
  }),
  defineRoute({
    method: 'get',
    path: '/health/events',
    summary: 'The same as a stream of server-sent events: now, and whenever it changes',
    tag: 'Status',
    auth: 'public',
    output: { status: 200, body: { contentTypes: ['text/event-stream'] } },
    rateLimit: { name: 'health-events', limit: 60, windowSeconds: 60 },
    handler: (_input, deps: Pick<Deps, 'watchHealth' | 'draining'>): Promise<unknown> => streamHealth(deps),
  }),
];
