import { randomUUID } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import * as answers from '../../../../services/content/src/answers/answer-store.ts';
import * as courseMedia from '../../../../services/content/src/courses/course-media-store.ts';
import * as courses from '../../../../services/content/src/courses/course-store.ts';
import * as drafts from '../../../../services/content/src/courses/draft-store.ts';
import * as loads from '../../../../services/content/src/courses/load-draft-store.ts';
import * as retired from '../../../../services/content/src/courses/retired-version-store.ts';
import * as versions from '../../../../services/content/src/courses/version-store.ts';
import type { Tx } from '../../../../services/content/src/deps.ts';
import * as enrollments from '../../../../services/content/src/enrollments/enrollment-store.ts';
import * as boards from '../../../../services/content/src/leaderboards/leaderboard-store.ts';
import * as erasures from '../../../../services/content/src/learners/erasure-store.ts';
import * as learners from '../../../../services/content/src/learners/learners-store.ts';
import * as attempts from '../../../../services/content/src/lessons/attempt-store.ts';
import * as lessons from '../../../../services/content/src/lessons/lesson-store.ts';
import * as mediaAssets from '../../../../services/content/src/media/media-assets-store.ts';
import * as progress from '../../../../services/content/src/progress/progress-store.ts';
import * as submissions from '../../../../services/content/src/submissions/submission-store.ts';
import { allowed, type Call, call } from './call.ts';
import type { SampleIds } from './sample-ids.ts';

const wholeCourse = 'reads or writes a whole course, a few times a day';

export function contentCalls(ids: SampleIds): Call[] {
  const { heavy, typical, popular, biggest, inPopular, exercise, week } = ids;
  const last = ids.lastAttempt;
  const [courseId, lessonId, versionId] = [last.courseId ?? '', last.lessonId ?? '', last.versionId ?? ''];
  const now = new Date();
  const known = { versionId: popular.versionId ?? '', paths: ['media/audio/1-3.mp3', 'media/images/1.webp'] };
  const attempt = { id: last.id ?? '', versionId, startedAt: now, completedAt: null, xp: 0 };
  const catalogue = {
    language: undefined,
    forLanguage: undefined,
    level: undefined,
    words: [],
    after: undefined,
    limit: 21,
  };
  const place = { userId: heavy, courseId, lessonId };
  const contribution = {
    ...{ xp: 10, eventTime: now, at: now, answers: 1, gradedAnswers: 1, correctAnswers: 1, completions: 0 },
  };
  const waiting = {
    ...place,
    id: ids.submission.id ?? '',
    answerId: ids.submission.answerId ?? '',
    exerciseId: exercise,
    createdAt: now,
  };
  const asset = { assetId: ids.readyAsset, ownerId: ids.editor, purpose: 'lesson_audio' };
  const draftOf = async (tx: Tx, id: string) => {
    const draft = await loads.loadDraft(tx, id);
    if (!draft) throw new Error('the course has no draft');
    return draft;
  };
  return [
    call(answers.findExercisePlace, 'heavy learner', exercise, heavy),
    call(answers.findExercisePlace, '20 versions', inPopular.exerciseId ?? '', typical),
    call(answers.lockExercise, '', heavy, exercise),
    call(answers.takeAnswer, 'heavy learner', {
      answer: {
        ...{ ...place, id: uuidv7(), exerciseId: exercise, versionId, kind: 'mcq', correct: true, score: 1 },
        ...{ answer: { kind: 'mcq', choice: 0 } as never, answeredAt: now },
      },
      worth: { first: 10, otherDay: 5, sameDay: 0 },
      event: { id: uuidv7(), topic: 'content.events', key: heavy, payload: '{"data": {}}' },
    }),
    call(courseMedia.findVersionMedia, '', popular.versionId ?? '', [
      'media/audio/1-3.mp3',
      'media/images/1.webp',
    ]),
    call(courseMedia.findDraftMediaKeys, '', popular.id ?? '', ['media/audio/1-3.mp3']),
    allowed(wholeCourse, call(courseMedia.findMissingMedia, 'biggest course', biggest.id ?? '', [])),
    call(courseMedia.attachFiles, '', popular.id ?? '', [
      { path: 'media/audio/1-4.mp3', assetId: randomUUID() },
    ]),
    call(courseMedia.fillHoles, '', popular.id ?? ''),
    call(courseMedia.forgetUnnamed, '', popular.id ?? '', ['media/audio/1-3.mp3']),
    call(courseMedia.mediaDiffer, '', popular.id ?? '', popular.oldVersionId ?? ''),
    allowed(
      wholeCourse,
      call(courseMedia.mediaDiffer, 'biggest course', biggest.id ?? '', biggest.versionId ?? ''),
    ),
    call(courses.listPublishedCourses, 'no filter', catalogue),
    call(courses.listPublishedCourses, 'two languages', { ...catalogue, language: 'en', forLanguage: 'vi' }),
    call(courses.listPublishedCourses, 'two languages and a level', {
      ...catalogue,
      language: 'en',
      forLanguage: 'vi',
      level: 'A1',
    }),
    call(courses.listPublishedCourses, 'a rare language', { ...catalogue, language: 'en-GB' }),
    call(courses.listPublishedCourses, 'a rare pair', { ...catalogue, language: 'de', forLanguage: 'ko' }),
    call(courses.listPublishedCourses, 'a word', { ...catalogue, words: [ids.rareWord] }),
    call(courses.listPublishedCourses, 'a word found nowhere', { ...catalogue, words: ['zzzzqq'] }),
    call(courses.listPublishedCourses, 'two letters', { ...catalogue, words: ['zq'] }),
    call(courses.listPublishedCourses, 'a language found nowhere', { ...catalogue, language: 'xx' }),
    call(courses.listDrafts, 'no filter', catalogue),
    call(courses.listDrafts, 'a language', { ...catalogue, language: 'ja' }),
    call(courses.listDrafts, 'a word', { ...catalogue, words: [ids.rareWord] }),
    call(courses.listDrafts, 'a word found nowhere', { ...catalogue, words: ['zzzzqq'] }),
    call(courses.findPublishedVersions, '', [{ id: popular.id ?? '', ...known }]),
    call(courses.findVersionCourse, 'biggest course', biggest.versionId ?? ''),
    call(courses.courseExists, '', popular.id ?? ''),
    call(courses.isPublished, '', popular.id ?? ''),
    allowed(wholeCourse, call(loads.loadDraft, 'biggest course', biggest.id ?? '')),
    {
      ...{ of: drafts.saveDraft, what: 'changed', allowed: wholeCourse },
      run: async (tx: Tx) =>
        drafts.saveDraft(
          tx,
          { ...(await draftOf(tx, popular.id ?? '')), title: { en: 'Changed' } },
          ids.editor,
        ),
    },
    call(versions.lockCourse, '', popular.id ?? ''),
    call(versions.findVersion, '', popular.id ?? '', 3),
    call(versions.findVersionById, '', popular.versionId ?? ''),
    call(versions.listVersionsOf, '', { courseId: popular.id ?? '', before: undefined, limit: 21 }),
    {
      ...{ of: versions.insertVersion, what: '', allowed: wholeCourse },
      run: async (tx: Tx) =>
        versions.insertVersion(tx, await draftOf(tx, popular.id ?? ''), { version: 99, userId: ids.editor }),
    },
    call(versions.setPublished, '', popular.id ?? '', {
      id: popular.previousVersionId ?? '',
      version: 1,
      contentHash: '',
      publishedAt: now,
    }),
    allowed(
      'looks at all courses, once a day',
      call(retired.markRetired, '', { newest: 10, days: 90 }, 1_000),
    ),
    call(retired.moveAbandonedAttempts, '', 1_000),
    call(retired.findVersionToEmpty, ''),
    call(retired.deleteVersionContent, '', popular.oldVersionId ?? '', 1_000),
    call(retired.markEmptied, '', popular.oldVersionId ?? ''),
    call(enrollments.enroll, '', heavy, biggest.id ?? ''),
    call(enrollments.unenroll, '', heavy, courseId),
    call(boards.listLeaders, '', { week, userId: heavy, limit: 20 }),
    call(boards.findStanding, 'first', { week, userId: ids.leader.first }),
    call(boards.findStanding, 'in the middle', { week, userId: ids.leader.middle }),
    call(boards.findStanding, 'last', { week, userId: ids.leader.last }),
    allowed('recounts a week, once a day', call(boards.recountWeek, '', week)),
    call(boards.deleteWeeks, '', { keptWeeks: 53, limit: 1_000 }),
    call(boards.deleteWeekCounts, '', { keptWeeks: 53, limit: 1_000 }),
    call(learners.saveLearner, '', { userId: heavy, locale: 'vi', timeZone: 'UTC' }),
    call(learners.admitLearner, 'known', heavy),
    call(learners.admitLearner, 'new', randomUUID()),
    call(learners.lockTimeZones, '200 learners', ids.manyLearners),
    call(learners.findTimeZone, '', heavy),
    call(learners.markErased, '', heavy),
    call(erasures.eraseBatch, 'typical learner', typical, 1_000),
    call(erasures.eraseBatch, 'heavy learner', heavy, 1_000),
    call(erasures.eraseBatch, 'editor with many files', ids.editor, 1_000),
    call(attempts.openAttempt, '', {
      userId: typical,
      courseId: popular.id ?? '',
      lessonId: inPopular.lessonId ?? '',
      versionId: popular.versionId ?? '',
    }),
    call(attempts.lockOpenAttempt, '', heavy, lessonId),
    call(attempts.findLastCompleted, 'heavy learner', heavy, lessonId),
    call(attempts.findCompletedBefore, 'heavy learner', heavy, lessonId),
    call(attempts.closeAttempt, '', { id: last.id ?? '', xp: 10, completedAt: now }),
    call(attempts.countAnswered, '', attempt, lessonId),
    call(lessons.findVersionLesson, '20 versions', popular.versionId ?? '', inPopular.lessonId ?? ''),
    call(lessons.findPublishedPlaces, '20 versions', [{ id: inPopular.lessonId ?? '', ...known }]),
    call(lessons.findPublishedPlaces, 'not there', [{ id: randomUUID(), ...known }]),
    call(lessons.findOpenVersion, 'heavy learner', heavy, lessonId),
    call(lessons.findCourseOfLesson, '20 versions', inPopular.lessonId ?? '', typical),
    call(lessons.findCourseIdOfLesson, '', lessonId),
    call(lessons.findPublishedLesson, '20 versions', inPopular.lessonId ?? ''),
    call(mediaAssets.saveReadyAsset, 'known', {
      ...asset,
      lessonId: null,
      key: 'x',
      contentType: 'audio/mpeg',
      sizeBytes: 1,
      durationMs: 1,
    }),
    call(mediaAssets.saveLostAsset, 'known', { ...asset, status: 'deleted' }),
    call(mediaAssets.findAssets, '', [ids.readyAsset, randomUUID()]),
    call(progress.addProgress, 'one answer', [{ ...place, ...contribution }]),
    call(
      progress.addProgress,
      '200 learners',
      ids.manyLearners.map((userId) => ({ ...place, userId, ...contribution })),
    ),
    call(progress.listCourseProgress, 'heavy learner', { userId: heavy, after: undefined, limit: 21 }),
    call(progress.findLearnerProgress, '', heavy),
    call(progress.findLessonProgress, '', heavy, courseId),
    call(progress.findStreak, 'typical learner', typical, now.toISOString().slice(0, 10)),
    call(progress.findStreak, '2,000 days', heavy, now.toISOString().slice(0, 10)),
    call(submissions.insertSubmission, '', {
      ...place,
      id: uuidv7(),
      answerId: ids.plainAnswer,
      exerciseId: exercise,
      kind: 'writing',
      assetId: null,
      createdAt: now,
    }),
    call(submissions.findSubmission, '', ids.submission.id ?? '', ids.submission.userId ?? ''),
    call(submissions.listSubmissionsOf, 'first page', { userId: heavy, after: undefined, limit: 21 }),
    call(submissions.listSubmissionsOf, 'deep page', {
      userId: heavy,
      after: { id: ids.oldSubmission.id ?? '', createdAt: ids.oldSubmission.createdAt ?? '' },
      limit: 21,
    }),
    call(submissions.lockUngraded, '', ids.submission.id ?? '', ids.submission.userId ?? ''),
    call(submissions.sumSubmissionXp, '', heavy, exercise),
    call(submissions.saveGrade, '', waiting, {
      score: 1,
      correct: true,
      xp: 10,
      feedback: {},
      provider: 'local',
      gradedAt: now,
    }),
    call(submissions.saveFailure, '', waiting, { status: 'failed', failureCode: 'x' }),
  ];
}

/** Exports of the stores that run no statement. */
export const contentWithoutSql = [
  courseMedia.placeParameters,
  drafts.SlugTakenError,
  drafts.searchTextOf,
  loads.lessonsOf,
];
