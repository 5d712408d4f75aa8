import { notFound } from '@lms/errors';
import { defineRoute } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { courseParams, editing } from './course-requests.ts';
import { makePublic } from './make-public.ts';
import { publishedBody, toPublishedBody } from './published-body.ts';
import { findVersion, lockCourse } from './version-store.ts';

/** The draft does not change. */
export const rollBackCourse = defineRoute({
  method: 'post',
  path: '/courses/{courseId}/rollback',
  summary: 'Publish an earlier version again',
  ...editing,
  input: { params: courseParams, body: z.strictObject({ version: z.int().min(1).max(2_147_483_647) }) },
  output: { status: 200, body: publishedBody },
  errors: ['not_found'],
  async handler({ params: { courseId }, body }, { prisma, shared }: Pick<Deps, 'prisma' | 'shared'>) {
    const published = await prisma.$transaction(async (tx) => {
      const course = await lockCourse(tx, courseId);
      if (!course) throw notFound('The course');
      const version = await findVersion(tx, courseId, body.version);
      if (!version) throw notFound('The version');
      const changed = await makePublic(tx, course, version);
      return toPublishedBody({ courseId, version, changed });
    });
    shared.forget();
    return published;
  },
});
