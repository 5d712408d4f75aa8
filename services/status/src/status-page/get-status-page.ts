import { defineRoute, Reply } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { renderStatusPage } from './render-status-page.ts';
import { statusPolicy } from './style.ts';
import { chooseLanguage, languages } from './texts.ts';

export const getStatusPage = defineRoute({
  method: 'get',
  path: '/status',
  summary: 'Status page for people; programs should use /health',
  tag: 'Status',
  auth: 'public',
  input: { query: z.object({ lang: z.enum(languages).optional() }) },
  output: { status: 200, body: { contentTypes: ['text/html'] } },
  rateLimit: { name: 'status-page', limit: 600, windowSeconds: 60 },
  handler: async ({ query, acceptLanguages }, { watchHealth }: Pick<Deps, 'watchHealth'>) => {
    const language = query.lang ?? chooseLanguage(acceptLanguages);
    return new Reply(renderStatusPage(await watchHealth(), language), {
      headers: {
        'cache-control': 'no-store',
        'content-language': language,
        'content-security-policy': statusPolicy,
        vary: 'Accept-Language',
      },
    });
  },
});
