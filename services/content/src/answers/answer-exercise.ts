import { AppError, notFound } from '@lms/errors';
import { appendEventWith } from '@lms/events';
import { defineRoute, Reply } from '@lms/http';
import { type IdempotentRequest, runIdempotently, type Sql, type SqlTransaction } from '@lms/postgres';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import {
  type Answer,
  answer,
  answerProblems,
  gradeAnswer,
  kindNames,
  shownSolution,
} from '../exercises/exercise-kinds.ts';
import { shownMistake } from '../exercises/grade.ts';
import { localeQuery, pickText, wantedLanguages } from '../localised-texts/localised-text.ts';
import { type Before, xpOfAnswer } from '../progress/xp.ts';
import { checkRecording } from '../submissions/check-recording.ts';
import { createSubmission } from '../submissions/create-submission.ts';
import { type ExercisePlace, findExercisePlace, takeAnswer, type Worth } from './answer-store.ts';

const answered = z.object({
  answerId: z.uuid(),
  submissionId: z
    .uuid()
    .nullable()
    .describe('Id of the submission that will hold the grade of speaking and writing'),
  kind: z.enum(kindNames),
  correct: z.boolean().nullable().describe('Null if not graded yet'),
  score: z.number().nullable().describe('0 to 1'),
  xp: z.int(),
  solution: shownSolution,
  mistakes: z.array(shownMistake),
  explanation: z.string().nullable(),
});
type Answered = z.output<typeof answered>;

/** Counts once per Idempotency-Key. Speech and writing become a submission that the ai service grades. */
export const answerExercise = defineRoute({
  method: 'post',
  path: '/exercises/{exerciseId}/answers',
  summary: 'Answer an exercise; speaking and writing are graded later (202), others at once',
  tag: 'Exercises',
  auth: 'user',
  input: {
    params: z.object({ exerciseId: z.uuid() }),
    query: localeQuery,
    body: z.strictObject({ answer }),
  },
  output: { status: 201, body: answered, alsoStatus: [202] },
  errors: ['not_found', 'media_missing', 'idempotency_key_reused', 'request_in_progress'],
  async handler(input, deps: Pick<Deps, 'sql' | 'shared'>) {
    const { params, query, body, caller, acceptLanguages, idempotencyKey: key } = input;
    const { userId } = caller;
    // Without a key nothing is compared, and the hash is not computed.
    const requestHash = key === undefined ? '' : input.requestHash;
    const request = { scope: `${userId} POST /exercises/answers`, key, requestHash };
    const languages = wantedLanguages({ query, acceptLanguages });
    const result = await takeOnce({ ...params, ...body, userId, languages }, request, deps);
    return new Reply(result, { status: result.submissionId ? 202 : 201 });
  },
});

interface GivenAnswer {
  exerciseId: string;
  userId: string;
  answer: Answer;
  languages: string[];
}

/** More changes than this of one lesson during one request are not expected. */
const maxGradings = 3;

/**
 * Grades the answer against the version that the learner is expected to see, and stores it if the learner does. If not
 * (the course was published, or the lesson begun or completed in the meantime), the answer is graded again.
 */
async function takeOnce(
  given: GivenAnswer,
  request: IdempotentRequest,
  deps: Pick<Deps, 'sql' | 'shared'>,
): Promise<Answered> {
  const { sql, shared } = deps;
  for (let grading = 0; grading < maxGradings; grading += 1) {
    const graded = await grade(given, deps).catch((error: unknown) => error as Error);
    if (graded instanceof Error) return refuse(graded, request, deps);
    const stored = await store(graded, request, sql).catch((error: unknown) => {
      if (error instanceof Moved) return undefined;
      throw error;
    });
    if (stored) return stored;
    shared.exercisePlaces.delete(given.exerciseId);
  }
  throw new AppError('request_in_progress', 'The lesson is changing. Try again.', { retryAfterSeconds: 1 });
}

/** A repeated request receives the first response, even if it would be refused now. */
async function refuse(
  error: Error,
  request: IdempotentRequest,
  { sql }: Pick<Deps, 'sql'>,
): Promise<Answered> {
  if (request.key === undefined || !(error instanceof AppError)) throw error;
  return sql.transaction((tx) => runIdempotently<Answered>(tx, request, () => Promise.reject(error)));
}

/** @throws AppError if learners cannot see the exercise, or if the answer does not fit it. */
async function grade(
  { exerciseId, userId, answer, languages }: GivenAnswer,
  deps: Pick<Deps, 'sql' | 'shared'>,
) {
  const place = await findPlace(exerciseId, userId, deps);
  const lesson = place && (await deps.shared.lessons.ofVersion(place.versionId, place.lessonId))?.lesson;
  const exercise = lesson?.exercises.find(({ id }) => id === exerciseId)?.exercise;
  if (!place || !lesson || !exercise) throw notFound('The exercise');
  const problems = answerProblems({ id: exerciseId, exercise, answer });
  if (problems.length > 0)
    throw new AppError('validation_failed', 'The answer does not match the exercise.', { errors: problems });
  const grade = gradeAnswer({ id: exerciseId, exercise, answer });
  if (!grade.graded && grade.work.assetId) await checkRecording(deps.sql, userId, grade.work.assetId);
  const explanation = exercise.explanation
    ? pickText(exercise.explanation, [...languages, lesson.forLanguage])
    : null;
  const { courseId, lessonId, language, level } = lesson;
  const asked = { exerciseId, exercise, courseId, lessonId, language, level };
  return { userId, answer, grade, explanation, place, asked };
}
type Graded = Awaited<ReturnType<typeof grade>>;

/** As it was seen last, by any learner: storing the answer checks it. */
async function findPlace(
  exerciseId: string,
  userId: string,
  { sql, shared }: Pick<Deps, 'sql' | 'shared'>,
): Promise<ExercisePlace | null> {
  const seen = shared.exercisePlaces.get(exerciseId);
  if (seen) return seen;
  const found = await findExercisePlace(sql, exerciseId, userId);
  if (!found) return null;
  const { isPublished, ...place } = found;
  if (isPublished) shared.exercisePlaces.set(exerciseId, place);
  return place;
}

/** The learner does not see the version that the answer was graded against. */
class Moved extends Error {}

/**
 * Stores an answer that was graded. Nothing in here may wait for another connection of the pool.
 * @throws Moved if it must be graded again; then nothing is stored.
 */
function store(graded: Graded, request: IdempotentRequest, sql: Sql): Promise<Answered> {
  // Without a key and a submission this is one statement, which needs no transaction around it.
  if (request.key === undefined && graded.grade.graded) return storeWith(sql, graded);
  return sql.transaction((tx) => runIdempotently(tx, request, () => storeWith(tx, graded)));
}

async function storeWith(sql: SqlTransaction, graded: Graded): Promise<Answered> {
  const { userId, answer: given, grade, explanation, place, asked } = graded;
  const { kind } = asked.exercise;
  const { correct, score } = grade.graded ? grade : { correct: null, score: null };
  const answeredAt = new Date();
  const ids = { userId, ...idsOf(asked) };
  const answer = { id: uuidv7(), ...ids, ...place, kind, answer: given, correct, score, answeredAt };
  const data = {
    answerId: answer.id,
    ...ids,
    kind,
    correct,
    score,
    xp: 0,
    answeredAt: answeredAt.toISOString(),
  };
  const taken = await appendEventWith({ type: 'exercise.answered', data }, (event) =>
    takeAnswer(sql, { answer, worth: worthOf(correct), event }),
  );
  if (taken.outcome === 'moved') throw new Moved();
  if (taken.outcome === 'erased') throw new AppError('session_revoked', 'This account is being deleted.');
  const submissionId = grade.graded
    ? null
    : await createSubmission(sql, { answerId: answer.id, asked, userId, submitted: grade, answeredAt });
  return {
    answerId: answer.id,
    ...{ submissionId, kind, correct, score, xp: taken.xp },
    solution: grade.solution,
    mistakes: grade.graded ? grade.mistakes : [],
    explanation,
  };
}

const idsOf = ({ courseId, lessonId, exerciseId }: Graded['asked']) => ({ courseId, lessonId, exerciseId });

function worthOf(correct: boolean | null): Worth {
  const xp = (before: Before) => xpOfAnswer(correct === true, before);
  return {
    first: xp({ everDone: false, doneToday: false }),
    otherDay: xp({ everDone: true, doneToday: false }),
    sameDay: xp({ everDone: true, doneToday: true }),
  };
}
