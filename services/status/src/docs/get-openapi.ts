import { defineRoute, Reply } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';

const document = z.record(z.string(), z.unknown());

export const getOpenapi = defineRoute({
  method: 'get',
  path: '/docs/openapi.json',
  summary: 'OpenAPI 3.1 document of all services',
  tag: 'Documentation',
  auth: 'public',
  output: { status: 200, body: document },
  handler: async (_input, { apiReference }: Pick<Deps, 'apiReference'>) =>
    new Reply((await apiReference.document()) as z.infer<typeof document>, {
      headers: { 'cache-control': 'no-cache' },
    }),
});
