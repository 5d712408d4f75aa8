import { notFound } from '@lms/errors';
import { decodeCursor, defineRoute, pageOf, pageQuery, toPage } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { courseParams, editing } from './course-requests.ts';
import { courseExists } from './course-store.ts';
import { listVersionsOf } from './version-store.ts';

const cursorShape = z.object({ version: z.int().min(1).max(2_147_483_647) });

const versionBody = z.object({
  id: z.uuid(),
  version: z.int(),
  contentHash: z.string(),
  publishedAt: z.iso.datetime(),
});

export const listVersions = defineRoute({
  method: 'get',
  path: '/courses/{courseId}/versions',
  summary: 'List the versions of a course that can be published again, newest first',
  ...editing,
  input: { params: courseParams, query: pageQuery },
  output: { status: 200, body: pageOf(versionBody) },
  errors: ['not_found', 'invalid_cursor'],
  async handler({ params: { courseId }, query }, { prisma }: Pick<Deps, 'prisma'>) {
    const before = query.cursor ? decodeCursor(query.cursor, cursorShape).version : undefined;
    const rows = await listVersionsOf(prisma, { courseId, before, limit: query.limit + 1 });
    if (rows.length === 0 && !(await courseExists(prisma, courseId))) throw notFound('The course');
    const page = toPage(rows, query.limit, ({ version }) => ({ version }));
    return {
      nextCursor: page.nextCursor,
      items: page.items.map((each) => ({ ...each, publishedAt: each.publishedAt.toISOString() })),
    };
  },
});
