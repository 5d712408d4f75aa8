import { expect, it } from '@jest/globals';
import { z } from 'zod';
import { defineRoute } from './route.ts';
import { warmUpHttp } from './warm-up-http.ts';

it('compiles the schemas of routes and calls no handler', async () => {
  const compiled: string[] = [];
  const schema = (name: string) =>
    z.unknown().refine(() => {
      compiled.push(name);
      return true;
    });
  const route = defineRoute({
    ...{ method: 'post', path: '/things/{id}', summary: 'Do', tag: 'Things', auth: 'public' },
    input: { params: schema('params'), query: schema('query'), body: schema('body') },
    output: { status: 200, body: schema('output') },
    handler: async () => {
      throw new Error('the handler was called');
    },
  });
  const bytes = defineRoute({
    ...{ method: 'post', path: '/bytes', summary: 'Send', tag: 'Things', auth: 'public' },
    input: { body: { contentTypes: ['application/zip'], limitBytes: 10 } },
    output: { status: 200, body: { contentTypes: ['text/plain'] } },
    handler: async () => 'text',
  });
  await expect(warmUpHttp([route, bytes])).resolves.toBeUndefined();
  expect(compiled).toEqual(['params', 'query', 'body', 'output']);
});
