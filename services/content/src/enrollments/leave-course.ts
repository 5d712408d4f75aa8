import { defineRoute } from '@lms/http';
import { courseParams } from '../courses/course-requests.ts';
import type { Deps } from '../deps.ts';
import { unenroll } from './enrollment-store.ts';

export const leaveCourse = defineRoute({
  method: 'delete',
  path: '/courses/{courseId}/enrollment',
  summary: 'Leave a course; progress is kept and is shown again after enrolling again',
  tag: 'Courses',
  auth: 'user',
  input: { params: courseParams },
  output: { status: 204 },
  async handler({ params: { courseId }, caller: { userId } }, { prisma }: Pick<Deps, 'prisma'>) {
    await unenroll(prisma, userId, courseId);
  },
});
