import { defineRoute, Reply } from '@lms/http';
import type { Deps } from '../deps.ts';
import { platformHealth } from './platform-health.ts';

export const getHealth = defineRoute({
  method: 'get',
  path: '/health',
  summary: 'Get the health of every service and its dependencies: 200 if all are up, 503 if not',
  tag: 'Status',
  auth: 'public',
  output: { status: 200, alsoStatus: [503], body: platformHealth },
  rateLimit: { name: 'health', limit: 1_200, windowSeconds: 60 },
  evenOverloaded: true,
  handler: async (_input, { watchHealth }: Pick<Deps, 'watchHealth'>) => {
    const health = await watchHealth();
    return new Reply(health, {
      status: health.status === 'up' ? 200 : 503,
      headers: { 'cache-control': 'no-store' },
    });
  },
});
