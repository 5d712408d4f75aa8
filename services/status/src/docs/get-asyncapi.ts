import { asyncApiDocument } from '@lms/events';
import { defineRoute, Reply } from '@lms/http';
import { z } from 'zod';

const document = z.record(z.string(), z.unknown());

export const getAsyncapi = defineRoute({
  method: 'get',
  path: '/docs/asyncapi.json',
  summary: 'AsyncAPI 3 document of all events',
  tag: 'Documentation',
  auth: 'public',
  output: { status: 200, body: document },
  handler: async () =>
    new Reply(asyncApiDocument('1') as z.infer<typeof document>, {
      headers: { 'cache-control': 'public, max-age=60' },
    }),
});
