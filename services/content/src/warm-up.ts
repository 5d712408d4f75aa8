import { randomUUID } from 'node:crypto';
import { appendEventWith } from '@lms/events';
import { takeAnswer } from './answers/answer-store.ts';
import { type CourseQuery, findPublishedVersions } from './courses/course-store.ts';
import { readListedCourses } from './courses/listed-courses.ts';
import type { Deps } from './deps.ts';
import {
  answer,
  exercise,
  gradeAnswer,
  kindNames,
  learnerExercise,
  shownSolution,
} from './exercises/exercise-kinds.ts';
import { findOpenVersion, findPublishedPlaces, findVersionLesson } from './lessons/lesson-store.ts';

/**
 * Does once, with made-up data, what most requests do, so that the first learner does not wait for it: connects,
 * prepares statements, compiles schemas, grades. Changes nothing. Takes less than 100 ms on a server that has nothing
 * else to do.
 * @throws the driver's error if the database is down.
 */
export async function warmUp({ sql }: Pick<Deps, 'sql'>): Promise<void> {
  compileSchemas();
  gradeSample();
  const nobody = randomUUID();
  const question = { id: nobody, versionId: nobody, paths: [] };
  // Without the shared reads, which would send each statement once, on one of the connections.
  await Promise.all([
    findPublishedVersions(sql, [question]),
    findPublishedPlaces(sql, [question]),
    findVersionLesson(sql, nobody, nobody),
    readListedCourses(sql, firstPage),
    findOpenVersion(sql, nobody, nobody),
    prepareAnswer({ sql }),
  ]);
}

const firstPage: CourseQuery = {
  ...{ language: undefined, forLanguage: undefined, level: undefined, words: [] },
  ...{ after: undefined, limit: 20 },
};

function compileSchemas(): void {
  for (const kind of kindNames)
    for (const schema of [answer, learnerExercise, shownSolution]) schema.safeParse({ kind });
}

function gradeSample(): void {
  for (const [from, to, text] of [
    ['vi', 'en', "I'm a teacher."],
    ['en', 'vi', 'Tôi là giáo viên.'],
  ] as const) {
    const asked = exercise.parse({
      kind: 'translation',
      prompt: { en: 'Translate.' },
      content: { text: '-', from, to },
      solution: { accepted: [text] },
    });
    gradeAnswer({ id: randomUUID(), exercise: asked, answer: { kind: 'translation', text: `${text} x` } });
  }
}

class NotMeant extends Error {}

/** Runs the statement of an answer to no exercise, and rolls it back. */
async function prepareAnswer({ sql }: Pick<Deps, 'sql'>): Promise<void> {
  const nobody = randomUUID();
  const ids = { userId: nobody, courseId: nobody, lessonId: nobody, exerciseId: nobody };
  const given = { kind: 'mcq', correct: false, score: 0 } as const;
  const answeredAt = new Date();
  const data = { answerId: nobody, ...ids, ...given, xp: 0, answeredAt: answeredAt.toISOString() };
  const rolledBack = sql.transaction(async (tx) => {
    await appendEventWith({ type: 'exercise.answered', data }, (event) =>
      takeAnswer(tx, {
        answer: {
          id: nobody,
          ...ids,
          ...given,
          versionId: nobody,
          answer: { kind: 'mcq', choice: 0 },
          answeredAt,
        },
        worth: { first: 0, otherDay: 0, sameDay: 0 },
        event,
      }),
    );
    throw new NotMeant();
  });
  await rolledBack.catch((error: unknown) => {
    if (!(error instanceof NotMeant)) throw error;
  });
}
