import { notFound } from '@lms/errors';
import { defineRoute } from '@lms/http';
import type { Deps } from '../deps.ts';
import { courseParams, editing } from './course-requests.ts';
import { lockCourse, setPublished } from './version-store.ts';

/** Learners' progress in the course is kept, but hidden until the course is published again. */
export const unpublishCourse = defineRoute({
  method: 'post',
  path: '/courses/{courseId}/unpublish',
  summary: 'Unpublish a course',
  ...editing,
  input: { params: courseParams },
  output: { status: 204 },
  errors: ['not_found'],
  async handler({ params: { courseId } }, { prisma, shared }: Pick<Deps, 'prisma' | 'shared'>) {
    await prisma.$transaction(async (tx) => {
      const course = await lockCourse(tx, courseId);
      if (!course) throw notFound('The course');
      await setPublished(tx, courseId, null);
    });
    shared.forget();
  },
});
