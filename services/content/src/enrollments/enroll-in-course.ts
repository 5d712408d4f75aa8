import { notFound } from '@lms/errors';
import { defineRoute, Reply } from '@lms/http';
import { z } from 'zod';
import { courseParams } from '../courses/course-requests.ts';
import { isPublished } from '../courses/course-store.ts';
import type { Deps } from '../deps.ts';
import { admitLearner } from '../learners/learners-store.ts';
import { enroll } from './enrollment-store.ts';

export const enrollInCourse = defineRoute({
  method: 'post',
  path: '/courses/{courseId}/enrollment',
  summary: 'Enrol in a course; safe to repeat',
  tag: 'Courses',
  auth: 'user',
  input: { params: courseParams },
  output: { status: 200, body: z.object({ courseId: z.uuid() }), alsoStatus: [201] },
  errors: ['not_found'],
  handler: ({ params: { courseId }, caller: { userId } }, { sql }: Pick<Deps, 'sql'>) =>
    sql.transaction(async (tx) => {
      await admitLearner(tx, userId);
      if (!(await isPublished(tx, courseId))) throw notFound('The course');
      const isNew = await enroll(tx, userId, courseId);
      return new Reply({ courseId }, { status: isNew ? 201 : 200 });
    }),
});
