import { describe, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { z } from 'zod';
import { openApiDocument } from './openapi-document.ts';
import { pageOf, pageQuery } from './pagination.ts';
import { defineRoute } from './route.ts';

interface Operation {
  parameters: { name: string; in: string; required: boolean }[];
  security: object[];
  responses: Record<string, { description: string; content?: object }>;
  requestBody?: { content: Record<string, { schema: { required?: string[] } }> };
}
const document = openApiDocument({
  title: 'Test',
  version: '1.2.3',
  routes: [
    defineRoute({
      method: 'get',
      path: '/things',
      summary: 'All things',
      tag: 'Things',
      auth: 'public',
      input: { query: pageQuery },
      output: { status: 200, body: pageOf(z.object({ id: z.uuid() })), alsoStatus: [503] },
      errors: ['invalid_cursor'],
      handler: async () => ({ items: [], nextCursor: null }),
    }),
    defineRoute({
      method: 'patch',
      path: '/things/{thingId}',
      summary: 'Change a thing',
      tag: 'Things',
      auth: { roles: ['editor'] },
      input: { params: z.object({ thingId: z.uuid() }), body: z.object({ name: z.string() }) },
      output: { status: 204 },
      handler: async () => undefined,
    }),
  ],
}) as { paths: Record<string, Record<string, Operation>> };

describe('the OpenAPI document', () => {
  it('is valid OpenAPI 3.1', async () => {
    const result = await new Validator().validate(
      JSON.parse(JSON.stringify(document)) as Record<string, unknown>,
    );
    expect(result.errors ?? []).toEqual([]);
    expect(result.valid).toBe(true);
  });

  it('describes authorization, requests and responses', () => {
    const list = document.paths['/things']?.get;
    expect(list?.security).toEqual([]);
    expect(list?.parameters.map(({ name, required }) => [name, required])).toEqual([
      ['limit', false],
      ['cursor', false],
    ]);
    expect(Object.keys(list?.responses ?? {})).toEqual(
      expect.arrayContaining(['200', '400', '429', '500', '503']),
    );
    expect(list?.responses['400']?.description).toContain('invalid_cursor');

    const change = document.paths['/things/{thingId}']?.patch;
    expect(change?.security).toEqual([{ accessToken: [] }]);
    expect(change?.parameters).toMatchObject([{ name: 'thingId', in: 'path', required: true }]);
    expect(change?.requestBody?.content['application/json']?.schema.required).toEqual(['name']);
    expect(change?.responses['403']?.description).toContain('forbidden');
    expect(change?.responses['204']?.content).toBeUndefined();
  });
});
