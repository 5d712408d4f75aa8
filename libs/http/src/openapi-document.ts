import { z } from 'zod';
import { statusOf } from './problem.ts';
import {
  apiBasePath,
  type BytesAnswer,
  type BytesBody,
  isBytesAnswer,
  isBytesBody,
  type Route,
} from './route.ts';

const everyRoute = [
  'validation_failed',
  'rate_limited',
  'internal_error',
  'dependency_unavailable',
  'overloaded',
] as const;
const signedIn = ['unauthenticated', 'token_expired', 'session_revoked'] as const;

/** OpenAPI 3.1 document of a service, generated from its route declarations. */
export function openApiDocument<D>(options: {
  title: string;
  version: string;
  routes: readonly Route<D>[];
}): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const route of options.routes) {
    const { method, path } = route.definition;
    paths[path] = { ...paths[path], [method]: operationOf(route) };
  }
  return {
    openapi: '3.1.0',
    info: { title: options.title, version: options.version },
    servers: [{ url: apiBasePath }],
    paths,
    components: {
      securitySchemes: { accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } },
      schemas: { Problem: problemSchema },
    },
  };
}

function operationOf<D>({ definition }: Route<D>): object {
  const { input, output, auth } = definition;
  const codes = [
    ...everyRoute,
    ...(auth === 'public' ? [] : signedIn),
    ...(typeof auth === 'object' ? ['forbidden' as const] : []),
    ...(definition.errors ?? []),
  ];
  const problems: Record<string, { description: string; content: object }> = {};
  for (const code of codes) {
    const status = String(statusOf[code]);
    const known = problems[status]?.description;
    problems[status] = {
      description: known ? `${known}, ${code}` : code,
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    };
  }
  return {
    operationId: operationId(definition.method, definition.path),
    summary: definition.summary,
    tags: [definition.tag],
    security: auth === 'public' ? [] : [{ accessToken: [] }],
    parameters: [...parametersOf('path', input?.params), ...parametersOf('query', input?.query)],
    ...(input?.body ? { requestBody: requestBodyOf(input.body) } : {}),
    responses: {
      ...problems,
      ...Object.fromEntries(
        [output.status, ...(output.alsoStatus ?? [])].map((status) => [
          status,
          {
            description: status < 400 ? 'Success' : 'The same body, for an unsuccessful result',
            ...(output.body ? { content: answerContentOf(output.body) } : {}),
          },
        ]),
      ),
    },
    ...(typeof auth === 'object' ? { 'x-roles': auth.roles } : {}),
  };
}

function answerContentOf(body: z.ZodType | BytesAnswer): object {
  if (!isBytesAnswer(body)) return { 'application/json': { schema: jsonSchema(body, 'output') } };
  return Object.fromEntries(body.contentTypes.map((type) => [type, {}]));
}

function requestBodyOf(body: z.ZodType | BytesBody): object {
  if (!isBytesBody(body)) {
    return { required: true, content: { 'application/json': { schema: jsonSchema(body, 'input') } } };
  }
  const bytes = { schema: { type: 'string', contentMediaType: 'application/octet-stream' } };
  return { required: true, content: Object.fromEntries(body.contentTypes.map((type) => [type, bytes])) };
}

function parametersOf(place: 'path' | 'query', schema: z.ZodType | undefined): object[] {
  if (!schema) return [];
  const { properties = {}, required = [] } = jsonSchema(schema, 'input') as {
    properties?: Record<string, object>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
  }));
}

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): object {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    reused: 'inline',
  });
  return rest;
}

function operationId(method: string, path: string): string {
  const words = path.split(/[^a-zA-Z0-9]+/).filter(Boolean);
  return method + words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
}

const problemSchema = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code', 'requestId'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string' },
    requestId: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        required: ['path', 'message'],
        properties: { path: { type: 'string' }, message: { type: 'string' } },
      },
    },
  },
};
