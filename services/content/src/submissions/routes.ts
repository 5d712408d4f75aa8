import { notFound } from '@lms/errors';
import { decodeCursor, defineRoute, pageOf, pageQuery, toPage } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { findSubmission, listSubmissions, type Submission } from './submission-store.ts';

const submission = z.object({
  id: z.uuid(),
  courseId: z.uuid(),
  lessonId: z.uuid(),
  exerciseId: z.uuid(),
  kind: z.enum(['speaking', 'writing']),
  status: z
    .enum(['pending', 'graded', 'unavailable', 'failed'])
    .describe('unavailable: nobody here can grade this kind'),
  score: z.number().nullable().describe('0 to 1'),
  xp: z.int(),
  feedback: z.record(z.string(), z.unknown()).nullable(),
  provider: z.string().nullable(),
  failureCode: z.string().nullable(),
  text: z.string().nullable(),
  assetId: z.uuid().nullable(),
  createdAt: z.iso.datetime(),
  gradedAt: z.iso.datetime().nullable(),
});
const tag = 'Exercises';
const cursorShape = z.object({ createdAt: z.iso.datetime(), id: z.uuid() });

export const submissionRoutes = [
  defineRoute({
    method: 'get',
    path: '/submissions',
    summary: "The caller's speaking and writing, the newest first",
    tag,
    auth: 'user',
    input: { query: pageQuery },
    output: { status: 200, body: pageOf(submission) },
    errors: ['invalid_cursor'],
    handler: async ({ query, caller: { userId } }, { prisma }: Pick<Deps, 'prisma'>) => {
      const after = query.cursor ? decodeCursor(query.cursor, cursorShape) : undefined;
      const rows = await listSubmissions(prisma, { userId, after, limit: query.limit + 1 });
      const page = toPage(rows, query.limit, ({ createdAt, id }) => ({
        createdAt: createdAt.toISOString(),
        id,
      }));
      return { ...page, items: page.items.map(toBody) };
    },
  }),
  defineRoute({
    method: 'get',
    path: '/submissions/{submissionId}',
    summary: 'Speaking or writing of the caller, with its grade once there is one',
    tag,
    auth: 'user',
    input: { params: z.object({ submissionId: z.uuid() }) },
    output: { status: 200, body: submission },
    errors: ['not_found'],
    handler: async ({ params, caller }, { prisma }: Pick<Deps, 'prisma'>) => {
      const found = await findSubmission(prisma, params.submissionId, caller.userId);
      if (!found) throw notFound('The submission');
      return toBody(found);
    },
  }),
];

function toBody({ createdAt, gradedAt, ...rest }: Submission) {
  return { ...rest, createdAt: createdAt.toISOString(), gradedAt: gradedAt?.toISOString() ?? null };
}
