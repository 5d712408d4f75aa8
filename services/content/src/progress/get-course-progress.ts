import { notFound } from '@lms/errors';
import { defineRoute } from '@lms/http';
import { z } from 'zod';
import { isPublished } from '../courses/course-store.ts';
import type { Deps } from '../deps.ts';
import { findLessonProgress } from './progress-store.ts';

export const getCourseProgress = defineRoute({
  method: 'get',
  path: '/progress/courses/{courseId}',
  summary: "Get the caller's progress in the lessons of a course, without lessons that have no activity",
  tag: 'Progress',
  auth: 'user',
  input: { params: z.object({ courseId: z.uuid() }) },
  output: {
    status: 200,
    body: z.object({
      courseId: z.uuid(),
      lessons: z.array(
        z.object({
          lessonId: z.uuid(),
          completed: z.boolean(),
          xp: z.int(),
          answers: z.int(),
          correctAnswers: z.int(),
        }),
      ),
    }),
  },
  errors: ['not_found'],
  handler: async ({ params: { courseId }, caller }, { sql }: Pick<Deps, 'sql'>) => {
    const [published, lessons] = await Promise.all([
      isPublished(sql, courseId),
      findLessonProgress(sql, caller.userId, courseId),
    ]);
    if (!published) throw notFound('The course');
    return { courseId, lessons };
  },
});
