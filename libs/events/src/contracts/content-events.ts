import { z } from 'zod';
import { erasedEvent } from './auth-events.ts';
import { defineEvent, topics } from './define-event.ts';

const id = z.uuid();
const time = z.iso.datetime();
/** Open, not an enum: a kind that a later release adds must not be poison to replicas of this one. */
const exerciseKind = z.string().regex(/^[a-z][a-z0-9_]{0,39}$/);
const byUser = (data: { userId: string }) => data.userId;

export const contentEvents = [
  defineEvent({
    type: 'course.published',
    version: 1,
    topic: topics.content,
    summary: 'A version of a course became visible to learners.',
    data: z.object({ courseId: id, version: z.int().min(1), publishedAt: time }),
    key: (data) => data.courseId,
  }),
  defineEvent({
    type: 'lesson.started',
    version: 1,
    topic: topics.content,
    summary: 'A learner started a lesson.',
    data: z.object({ attemptId: id, userId: id, courseId: id, lessonId: id, startedAt: time }),
    key: byUser,
  }),
  defineEvent({
    type: 'lesson.completed',
    version: 1,
    topic: topics.content,
    summary: 'A learner finished a lesson.',
    data: z.object({
      attemptId: id,
      userId: id,
      courseId: id,
      lessonId: id,
      xp: z.int().min(0),
      completedAt: time,
    }),
    key: byUser,
  }),
  defineEvent({
    type: 'exercise.answered',
    version: 1,
    topic: topics.content,
    summary: 'A learner answered an exercise, which is graded at once or later by the ai service.',
    data: z.object({
      answerId: id,
      userId: id,
      courseId: id,
      lessonId: id,
      exerciseId: id,
      kind: exerciseKind,
      correct: z.boolean().nullable(),
      score: z.number().min(0).max(1).nullable(),
      xp: z.int().min(0),
      answeredAt: time,
    }),
    key: byUser,
  }),
  defineEvent({
    type: 'submission.created',
    version: 1,
    topic: topics.content,
    summary: 'A learner submitted speech or writing for the ai service to grade.',
    data: z.object({
      submissionId: id,
      userId: id,
      courseId: id,
      lessonId: id,
      exerciseId: id,
      kind: z.enum(['speaking', 'writing']),
      /** BCP 47 tag of the language being learned. */
      languageTag: z.string().max(35),
      level: z.string().max(8).nullable(),
      /** What the learner was asked to write or say. */
      prompt: z.string().max(2_000),
      /** Speaking: the expected text. */
      expectedText: z.string().max(2_000).nullable(),
      /** Writing: the learner's own words. */
      text: z.string().max(10_000).nullable(),
      /** Speaking: the recording. */
      assetId: id.nullable(),
      createdAt: time,
    }),
    key: byUser,
    sensitive: ['text'],
  }),
  erasedEvent('content'),
] as const;
