import { z } from 'zod';
import { erasedEvent } from './auth-events.ts';
import { defineEvent, topics } from './define-event.ts';

const id = z.uuid();
const time = z.iso.datetime();
const byUser = (data: { userId: string }) => data.userId;

export const aiEvents = [
  defineEvent({
    type: 'feedback.ready',
    version: 1,
    topic: topics.ai,
    summary: 'Speech or writing was graded.',
    data: z.object({
      feedbackId: id,
      submissionId: id,
      userId: id,
      kind: z.enum(['speaking', 'writing']),
      score: z.number().min(0).max(1),
      provider: z.string().max(40),
      /** The feedback shown to the learner; its shape is the ai service's `Feedback`. */
      feedback: z.record(z.string(), z.unknown()),
      createdAt: time,
    }),
    key: byUser,
    sensitive: ['feedback'],
  }),
  defineEvent({
    type: 'job.failed',
    version: 1,
    topic: topics.ai,
    summary: 'Grading failed for good; the code says why.',
    data: z.object({
      jobId: id,
      submissionId: id.nullable(),
      userId: id,
      code: z.string().max(60),
      failedAt: time,
    }),
    key: byUser,
  }),
  defineEvent({
    type: 'invocation.recorded',
    version: 1,
    topic: topics.ai,
    summary: "A provider was called; the event holds the cost and none of the learner's words.",
    data: z.object({
      invocationId: id,
      userId: id,
      provider: z.string().max(40),
      model: z.string().max(100),
      operation: z.enum(['writing_feedback', 'speaking_feedback', 'transcription']),
      inputTokens: z.int().min(0),
      outputTokens: z.int().min(0),
      durationMs: z.int().min(0),
      outcome: z.enum(['ok', 'failed']),
      recordedAt: time,
    }),
    key: byUser,
  }),
  erasedEvent('ai'),
] as const;
