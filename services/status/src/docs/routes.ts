import { asyncApiDocument } from '@lms/events';
import { defineRoute, Reply } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { docsPage, docsPolicy } from './docs-page.ts';
import { eventsPage, eventsPolicy } from './events-page.ts';
import { docsFiles, readDocsFile } from './swagger-files.ts';

const document = z.record(z.string(), z.unknown());
const briefly = { 'cache-control': 'public, max-age=60' };

export const docsRoutes = [
  defineRoute({
    method: 'get',
    path: '/docs',
    summary: 'The API reference, for people',
    tag: 'Documentation',
    auth: 'public',
    output: { status: 200, body: { contentTypes: ['text/html'] } },
    handler: async () =>
      new Reply(docsPage, { headers: { ...briefly, 'content-security-policy': docsPolicy } }),
  }),
  defineRoute({
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
  }),
  defineRoute({
    method: 'get',
    path: '/docs/events',
    summary: 'The events of the platform, for people',
    tag: 'Documentation',
    auth: 'public',
    output: { status: 200, body: { contentTypes: ['text/html'] } },
    handler: async () =>
      new Reply(eventsPage(), { headers: { ...briefly, 'content-security-policy': eventsPolicy } }),
  }),
  defineRoute({
    method: 'get',
    path: '/docs/asyncapi.json',
    summary: 'AsyncAPI 3 document of all events',
    tag: 'Documentation',
    auth: 'public',
    output: { status: 200, body: document },
    handler: async () => new Reply(asyncApiDocument('1') as z.infer<typeof document>, { headers: briefly }),
  }),
  defineRoute({
    method: 'get',
    path: '/docs/{file}',
    summary: 'A file of the reference page',
    tag: 'Documentation',
    auth: 'public',
    input: { params: z.object({ file: z.enum(docsFiles) }) },
    output: { status: 200, body: { contentTypes: ['text/css', 'text/javascript', 'image/png'] } },
    errors: ['not_found'],
    handler: async ({ params }) => {
      const { contentType, bytes } = await readDocsFile(params.file);
      return new Reply(bytes, {
        headers: { 'content-type': contentType, 'cache-control': 'public, max-age=3600' },
      });
    },
  }),
];
