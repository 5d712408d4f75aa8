import { defineRoute, Reply } from '@lms/http';
import { z } from 'zod';
import { docsFiles, readDocsFile } from './read-docs-file.ts';

export const getDocsFile = defineRoute({
  method: 'get',
  path: '/docs/{file}',
  summary: 'Get a file of the reference page',
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
});
