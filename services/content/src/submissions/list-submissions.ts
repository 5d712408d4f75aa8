import { decodeCursor, defineRoute, pageOf, pageQuery, toPage } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { submissionBody, toSubmissionBody } from './submission-body.ts';
import { listSubmissionsOf } from './submission-store.ts';

const cursorShape = z.object({ createdAt: z.iso.datetime(), id: z.uuid() });

export const listSubmissions = defineRoute({
  method: 'get',
  path: '/submissions',
  summary: "List the caller's speaking and writing submissions, newest first",
  tag: 'Exercises',
  auth: 'user',
  input: { query: pageQuery },
  output: { status: 200, body: pageOf(submissionBody) },
  errors: ['invalid_cursor'],
  async handler({ query, caller: { userId } }, { sql }: Pick<Deps, 'sql'>) {
    const after = query.cursor ? decodeCursor(query.cursor, cursorShape) : undefined;
    const rows = await listSubmissionsOf(sql, { userId, after, limit: query.limit + 1 });
    const page = toPage(rows, query.limit, ({ createdAt, id }) => ({
      createdAt: createdAt.toISOString(),
      id,
    }));
    return { ...page, items: page.items.map(toSubmissionBody) };
  },
});
