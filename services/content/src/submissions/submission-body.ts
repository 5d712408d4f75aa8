import { z } from 'zod';
import { submittedKindNames } from '../exercises/exercise-kinds.ts';
import type { Submission } from './submission-store.ts';

export const submissionBody = z.object({
  id: z.uuid(),
  courseId: z.uuid(),
  lessonId: z.uuid(),
  exerciseId: z.uuid(),
  kind: z.enum(submittedKindNames),
  status: z
    .enum(['pending', 'graded', 'unavailable', 'failed'])
    .describe('unavailable means that no provider can grade this kind'),
  score: z.number().nullable().describe('0 to 1'),
  xp: z.int(),
  feedback: z.record(z.string(), z.unknown()).nullable(),
  provider: z.string().nullable(),
  failureCode: z.string().nullable(),
  text: z.string().nullable(),
  assetId: z.uuid().nullable(),
  createdAt: z.iso.datetime(),
  gradedAt: z.iso.datetime().nullable(),
});

export function toSubmissionBody({
  createdAt,
  gradedAt,
  ...rest
}: Submission): z.output<typeof submissionBody> {
  return { ...rest, createdAt: createdAt.toISOString(), gradedAt: gradedAt?.toISOString() ?? null };
}
