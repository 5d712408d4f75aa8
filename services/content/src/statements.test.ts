import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { SqlTransaction } from '@lms/postgres';
import { rowTypesOf } from '@lms/testing';
import { findExercisePlace, takeAnswer } from './answers/answer-store.ts';
import { findVersionMedia } from './courses/course-media-store.ts';
import {
  findPublishedVersions,
  findVersionCourse,
  isPublished,
  listPublishedCourses,
} from './courses/course-store.ts';
import { findTimeZone, lockTimeZones } from './learners/learners-store.ts';
import {
  countAnswered,
  findCompletedBefore,
  findLastCompleted,
  lockOpenAttempt,
  openAttempt,
} from './lessons/attempt-store.ts';
import {
  findCourseOfLesson,
  findOpenVersion,
  findPublishedLesson,
  findPublishedPlaces,
  findVersionLesson,
} from './lessons/lesson-store.ts';
import { findAssets } from './media/media-assets-store.ts';
import {
  findLearnerProgress,
  findLessonProgress,
  findStreak,
  listCourseProgress,
} from './progress/progress-store.ts';
import { type Harness, startHarness } from './testing/harness.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.stop());

/** The first statement that a store function sends. */
async function statementOf(call: (sql: SqlTransaction) => Promise<unknown>): Promise<string> {
  const sent: string[] = [];
  const record = async (statement: string) => {
    sent.push(statement);
    throw new Error('only the statement is wanted');
  };
  await call({ $queryRawUnsafe: record, $executeRawUnsafe: record }).catch(() => undefined);
  const [statement] = sent;
  if (statement === undefined) throw new Error('it sends no statement');
  return statement;
}

const id = '00000000-0000-0000-0000-000000000000';
const time = 'timestamp with time zone';
const place = { id: 'text', versionId: 'text', hasOtherVersions: 'boolean', media: 'text' };
const attempt = { id: 'text', versionId: 'text', startedAt: time, completedAt: time, xp: 'integer' };
const before = { everDone: 'boolean', doneToday: 'boolean' };
const courseFacts = {
  ...{ id: 'text', slug: 'text', language: 'text', forLanguage: 'text', level: 'text' },
  ...{ title: 'jsonb', description: 'jsonb' },
};
const counts = { xp: 'integer', answers: 'integer', correctAnswers: 'integer' };
const nobody = { userId: id, courseId: id, lessonId: id, versionId: id };

const rows: [string, (sql: SqlTransaction) => Promise<unknown>, Record<string, string>][] = [
  [
    'findVersionLesson',
    (sql) => findVersionLesson(sql, id, id),
    {
      ...{ lessonId: 'text', unitId: 'text', courseId: 'text', versionId: 'text', version: 'integer' },
      ...{ language: 'text', forLanguage: 'text', level: 'text', document: 'jsonb', exercises: 'jsonb' },
    },
  ],
  ['findPublishedPlaces', (sql) => findPublishedPlaces(sql, []), place],
  ['findPublishedVersions', (sql) => findPublishedVersions(sql, []), place],
  ['findVersionMedia', (sql) => findVersionMedia(sql, id, []), { media: 'text' }],
  ['findOpenVersion', (sql) => findOpenVersion(sql, id, id), { versionId: 'text' }],
  ['findCourseOfLesson', (sql) => findCourseOfLesson(sql, id, id), { courseId: 'text' }],
  ['findPublishedLesson', (sql) => findPublishedLesson(sql, id), { courseId: 'text', versionId: 'text' }],
  [
    'findVersionCourse',
    (sql) => findVersionCourse(sql, id),
    {
      ...{ ...courseFacts, versionId: 'text', version: 'integer', license: 'jsonb', attribution: 'text' },
      ...{ specialCharacters: 'jsonb', outline: 'jsonb' },
    },
  ],
  [
    'listPublishedCourses',
    (sql) =>
      listPublishedCourses(sql, {
        ...{ language: undefined, forLanguage: undefined, level: undefined, words: [] },
        ...{ after: undefined, limit: 1 },
      }),
    { ...courseFacts, lessons: 'integer', version: 'integer', updatedAt: time },
  ],
  ['isPublished', (sql) => isPublished(sql, id), { found: 'integer' }],
  [
    'findExercisePlace',
    (sql) => findExercisePlace(sql, id, id),
    { courseId: 'text', lessonId: 'text', versionId: 'text', isPublished: 'boolean' },
  ],
  [
    'takeAnswer',
    (sql) =>
      takeAnswer(sql, {
        answer: {
          ...{ id, ...nobody, exerciseId: id, kind: 'mcq', answer: { kind: 'mcq', choice: 0 } },
          ...{ correct: true, score: 1, answeredAt: new Date() },
        },
        worth: { first: 0, otherDay: 0, sameDay: 0 },
        event: { id, topic: '', key: '', payload: '{}' },
      }),
    { outcome: 'text', xp: 'integer' },
  ],
  ['openAttempt', (sql) => openAttempt(sql, nobody), attempt],
  ['lockOpenAttempt', (sql) => lockOpenAttempt(sql, id, id), attempt],
  ['findLastCompleted', (sql) => findLastCompleted(sql, id, id), attempt],
  ['findCompletedBefore', (sql) => findCompletedBefore(sql, id, id), before],
  [
    'countAnswered',
    (sql) => countAnswered(sql, { id, versionId: id, startedAt: new Date(), completedAt: null, xp: 0 }, id),
    { exercises: 'integer', answered: 'integer', correct: 'integer', left: 'integer' },
  ],
  [
    'lockTimeZones',
    (sql) => lockTimeZones(sql, [id]),
    { userId: 'text', timeZone: 'text', erased: 'boolean' },
  ],
  ['findTimeZone', (sql) => findTimeZone(sql, id), { timeZone: 'text' }],
  [
    'findAssets',
    (sql) => findAssets(sql, [id]),
    {
      ...{ assetId: 'text', ownerId: 'text', purpose: 'text', status: 'text', contentType: 'text' },
      ...{ durationMs: 'integer' },
    },
  ],
  [
    'listCourseProgress',
    (sql) => listCourseProgress(sql, { userId: id, after: undefined, limit: 1 }),
    {
      ...{
        courseId: 'text',
        title: 'jsonb',
        language: 'text',
        lessonsDone: 'integer',
        lessonsTotal: 'integer',
      },
      ...{ ...counts, gradedAnswers: 'integer', enrolledAt: time, lastActivityAt: time },
    },
  ],
  ['findLearnerProgress', (sql) => findLearnerProgress(sql, id), { xp: 'integer', asOf: time }],
  [
    'findLessonProgress',
    (sql) => findLessonProgress(sql, id, id),
    { lessonId: 'text', completed: 'boolean', ...counts },
  ],
  [
    'findStreak',
    (sql) => findStreak(sql, id, '2026-01-01'),
    { longestDays: 'integer', currentDays: 'integer', todayDone: 'boolean' },
  ],
];

it.each(rows)(
  'the rows of %s have the columns and types of their TypeScript type',
  async (_name, call, types) => {
    const { databaseUrl } = harness.database;
    expect(await rowTypesOf({ databaseUrl, schema: 'content' }, await statementOf(call))).toEqual(types);
  },
);
