import { decodeCursor, defineRoute, pageOf, pageQuery, toPage } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { localeQuery, pickText, wantedLanguages } from '../localised-texts/localised-text.ts';
import { findLearnerProgress, listCourseProgress } from './progress-store.ts';

const cursorShape = z.object({ enrolledAt: z.iso.datetime(), courseId: z.uuid() });

const courseProgress = z.object({
  courseId: z.uuid(),
  title: z.string(),
  language: z.string(),
  lessonsDone: z.int(),
  lessonsTotal: z.int(),
  xp: z.int(),
  answers: z.int(),
  /** Share of correct answers among the graded ones, 0 to 1; null before the first. */
  accuracy: z.number().nullable(),
  enrolledAt: z.iso.datetime(),
  lastActivityAt: z.iso.datetime().nullable(),
});

export const getProgress = defineRoute({
  method: 'get',
  path: '/progress',
  summary: "Get the caller's progress per course, and the time up to which it is current",
  tag: 'Progress',
  auth: 'user',
  input: { query: pageQuery.extend(localeQuery.shape) },
  output: {
    status: 200,
    body: pageOf(courseProgress).extend({ xp: z.int(), asOf: z.iso.datetime().nullable() }),
  },
  errors: ['invalid_cursor'],
  handler: async ({ caller, query, acceptLanguages }, { sql }: Pick<Deps, 'sql'>) => {
    const { userId } = caller;
    const after = query.cursor ? decodeCursor(query.cursor, cursorShape) : undefined;
    // A commit in between cannot make the total and its parts disagree.
    const [rows, learner] = await sql.transaction(
      (tx) =>
        Promise.all([
          listCourseProgress(tx, { userId, after, limit: query.limit + 1 }),
          findLearnerProgress(tx, userId),
        ]),
      { mode: 'snapshot' },
    );
    const languages = wantedLanguages({ query, acceptLanguages });
    const page = toPage(rows, query.limit, (last) => ({
      enrolledAt: last.enrolledAt.toISOString(),
      courseId: last.courseId,
    }));
    return {
      nextCursor: page.nextCursor,
      items: page.items.map(({ gradedAnswers, correctAnswers, ...row }) => ({
        ...row,
        title: pickText(row.title, languages),
        accuracy: gradedAnswers === 0 ? null : correctAnswers / gradedAnswers,
        enrolledAt: row.enrolledAt.toISOString(),
        lastActivityAt: row.lastActivityAt?.toISOString() ?? null,
      })),
      xp: learner?.xp ?? 0,
      asOf: learner?.asOf.toISOString() ?? null,
    };
  },
});
