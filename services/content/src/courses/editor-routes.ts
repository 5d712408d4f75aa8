import { notFound } from '@lms/errors';
import { decodeCursor, defineRoute, pageOf, pageQuery, Reply, toPage } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { attachMedia } from './attach-media.ts';
import { exportCourse } from './export-course.ts';
import { importCourse } from './import-course.ts';
import { publishCourse, rollBackCourse, unpublishCourse } from './publish-course.ts';
import { courseParams } from './routes.ts';
import { listVersions } from './version-store.ts';

const auth = { roles: ['editor', 'admin'] } as const;
const tag = 'Course editing';
/** Reading a zip and writing a whole course are dear. */
const rateLimit = { name: 'course-editing', limit: 60, windowSeconds: 60 };
const timeoutMs = 55_000;

const imported = z.object({
  courseId: z.uuid().nullable().describe('Null: a dry run of a new course'),
  created: z.boolean(),
  changed: z.boolean(),
  contentHash: z.string(),
  dryRun: z.boolean(),
  counts: z.object({ units: z.int(), lessons: z.int(), items: z.int(), exercises: z.int() }),
  units: z.array(z.object({ id: z.uuid().nullable(), sourceKey: z.string() })),
  lessons: z.array(z.object({ id: z.uuid().nullable(), sourceKey: z.string(), exercises: z.int() })),
  missingMedia: z
    .array(z.object({ path: z.string(), kind: z.enum(['audio', 'image']), lessonId: z.uuid().nullable() }))
    .describe('Paths that have no file yet, each with a lesson that names it'),
});

const published = z.object({
  courseId: z.uuid(),
  version: z.int(),
  versionId: z.uuid(),
  contentHash: z.string(),
  publishedAt: z.iso.datetime(),
  changed: z.boolean().describe('False: it was out already'),
});

const version = z.object({
  id: z.uuid(),
  version: z.int(),
  contentHash: z.string(),
  publishedAt: z.iso.datetime(),
});

type PrismaDeps = Pick<Deps, 'prisma'>;

export const courseEditorRoutes = [
  defineRoute({
    method: 'post',
    path: '/courses/import',
    summary: 'Create or update the draft of a course from a zip (our own format or LibreLingo)',
    tag,
    auth,
    rateLimit,
    timeoutMs,
    input: {
      query: z.object({
        dryRun: z
          .enum(['true', 'false'])
          .default('false')
          .transform((value) => value === 'true'),
      }),
      body: { contentTypes: ['application/zip'], limitBytes: 20_000_000 },
    },
    output: { status: 200, body: imported, alsoStatus: [201] },
    errors: ['invalid_course'],
    handler: async ({ body, query: { dryRun }, caller }, deps: PrismaDeps) => {
      const report = await importCourse({ zip: body as unknown as Buffer, dryRun, caller }, deps);
      return new Reply(report, { status: report.created && !dryRun ? 201 : 200 });
    },
  }),
  defineRoute({
    method: 'get',
    path: '/courses/{courseId}/export',
    summary: 'The draft as a zip that can be imported again',
    tag,
    auth,
    rateLimit,
    timeoutMs,
    input: { params: courseParams },
    output: { status: 200, body: { contentTypes: ['application/zip'] } },
    errors: ['not_found'],
    handler: async ({ params: { courseId } }, deps: PrismaDeps) => {
      const { zip, fileName, contentHash } = await exportCourse(courseId, deps);
      return new Reply(zip, {
        headers: {
          'content-type': 'application/zip',
          'content-disposition': `attachment; filename="${fileName}"`,
          'cache-control': 'private, no-cache',
          etag: `"${contentHash}"`,
        },
      });
    },
  }),
  defineRoute({
    method: 'put',
    path: '/courses/{courseId}/media',
    summary: 'Attach uploaded files to paths that the course names',
    tag,
    auth,
    timeoutMs: 30_000,
    input: {
      params: courseParams,
      body: z.strictObject({
        files: z
          .array(z.strictObject({ path: z.string().max(800), assetId: z.uuid() }))
          .min(1)
          .max(500)
          .refine(
            (files) => new Set(files.map(({ path }) => path)).size === files.length,
            'has a path twice',
          ),
      }),
    },
    bodyLimitBytes: 500_000,
    output: { status: 200, body: z.object({ attached: z.int(), missing: z.int() }) },
    errors: ['not_found'],
    handler: ({ params, body }, deps: PrismaDeps) => attachMedia({ ...params, ...body }, deps),
  }),
  defineRoute({
    method: 'post',
    path: '/courses/{courseId}/publish',
    summary: 'Make the draft the version that learners read',
    tag,
    auth,
    rateLimit,
    timeoutMs,
    input: {
      params: courseParams,
      body: z.strictObject({ allowMissingMedia: z.boolean().default(false) }),
    },
    output: { status: 200, body: published.extend({ missingMedia: z.int() }) },
    errors: ['not_found', 'course_not_publishable'],
    handler: ({ params, body, caller }, deps: PrismaDeps) =>
      publishCourse({ ...params, ...body, userId: caller.userId }, deps),
  }),
  defineRoute({
    method: 'post',
    path: '/courses/{courseId}/unpublish',
    summary: 'Take a course away from learners',
    tag,
    auth,
    input: { params: courseParams },
    output: { status: 204 },
    errors: ['not_found'],
    handler: ({ params }, deps: PrismaDeps) => unpublishCourse(params, deps),
  }),
  defineRoute({
    method: 'post',
    path: '/courses/{courseId}/rollback',
    summary: 'Make an earlier version the one that learners read',
    tag,
    auth,
    input: { params: courseParams, body: z.strictObject({ version: z.int().min(1).max(2_147_483_647) }) },
    output: { status: 200, body: published },
    errors: ['not_found'],
    handler: ({ params, body }, deps: PrismaDeps) => rollBackCourse({ ...params, ...body }, deps),
  }),
  defineRoute({
    method: 'get',
    path: '/courses/{courseId}/versions',
    summary: 'Versions of a course, the newest first',
    tag,
    auth,
    input: { params: courseParams, query: pageQuery },
    output: { status: 200, body: pageOf(version) },
    errors: ['not_found', 'invalid_cursor'],
    handler: async ({ params: { courseId }, query }, { prisma }: PrismaDeps) => {
      const cursor = query.cursor
        ? decodeCursor(query.cursor, z.object({ version: z.int().min(1).max(2_147_483_647) }))
        : undefined;
      const rows = await listVersions(prisma, { courseId, before: cursor?.version, limit: query.limit + 1 });
      if (rows.length === 0 && !(await prisma.course.findUnique({ where: { id: courseId } })))
        throw notFound('The course');
      const page = toPage(rows, query.limit, (last) => ({ version: last.version }));
      return {
        nextCursor: page.nextCursor,
        items: page.items.map((each) => ({ ...each, publishedAt: each.publishedAt.toISOString() })),
      };
    },
  }),
];
