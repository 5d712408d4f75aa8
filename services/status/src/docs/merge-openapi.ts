/** The parts of a service's OpenAPI document that are used. */
export interface OpenApiPart {
  paths: Record<string, object>;
  components?: { schemas?: Record<string, object>; securitySchemes?: Record<string, object> };
}

/** One OpenAPI 3.1 document of all services; `document: null` marks a service that could not be queried. */
export function mergeOpenApi(parts: readonly { name: string; document: OpenApiPart | null }[]): object {
  const missing = parts.filter(({ document }) => document === null).map(({ name }) => name);
  const documents = parts.map(({ document }) => document).filter((document) => document !== null);
  const note =
    missing.length === 0 ? '' : `\n\n**Currently incomplete: no response from ${missing.join(', ')}.**`;
  return {
    openapi: '3.1.0',
    info: {
      title: 'LMS API',
      version: '1',
      description: `Backend for language-learning apps. Errors are RFC 9457 problems with a stable \`code\`; lists are paginated by cursor; unsafe calls accept an \`Idempotency-Key\`. [Events](docs/events) are documented on a separate page.${note}`,
    },
    servers: [{ url: '/api/v1' }],
    paths: mergeAll(documents.map(({ paths }) => paths)),
    components: {
      securitySchemes: mergeAll(documents.map(({ components }) => components?.securitySchemes ?? {})),
      schemas: mergeAll(documents.map(({ components }) => components?.schemas ?? {})),
    },
    ...(missing.length === 0 ? {} : { 'x-missing-services': missing }),
  };
}

function mergeAll(records: Record<string, object>[]): Record<string, object> {
  return Object.assign({}, ...records) as Record<string, object>;
}
