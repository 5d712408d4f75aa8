import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The files of swagger-ui-dist that the page loads, and our own start script. */
export const docsFiles = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png', 'start.js'] as const;
export type DocsFile = (typeof docsFiles)[number];

const contentTypes: Record<DocsFile, string> = {
  'swagger-ui.css': 'text/css',
  'swagger-ui-bundle.js': 'text/javascript',
  'favicon-32x32.png': 'image/png',
  'start.js': 'text/javascript',
};

/** Served as a file, because the page's policy allows no inline scripts. */
const startScript = `window.addEventListener('DOMContentLoaded', () => {
  window.ui = window.SwaggerUIBundle({
    url: '/api/v1/docs/openapi.json',
    dom_id: '#swagger-ui',
    deepLinking: true,
    docExpansion: 'list',
    defaultModelsExpandDepth: -1,
    tryItOutEnabled: true,
    persistAuthorization: false,
    validatorUrl: null,
  });
});
`;

const loaded = new Map<DocsFile, Promise<Buffer>>();

/** Reads a file of the reference page; it is kept in memory after the first read. */
export async function readDocsFile(name: DocsFile): Promise<{ contentType: string; bytes: Buffer }> {
  let bytes = loaded.get(name);
  if (!bytes) {
    bytes =
      name === 'start.js' ? Promise.resolve(Buffer.from(startScript)) : readFile(join(distFolder(), name));
    loaded.set(name, bytes);
    bytes.catch(() => loaded.delete(name));
  }
  return { contentType: contentTypes[name], bytes: await bytes };
}

function distFolder(): string {
  return dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
}
