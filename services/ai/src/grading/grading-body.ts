import { AppError, type ErrorCode } from '@lms/errors';
import { z } from 'zod';
import { feedback } from '../feedback/feedback.ts';
import type { Grading } from './grading-store.ts';

/** A grading as the API shows it, where it is called a job. */
export const gradingBody = z.object({
  jobId: z.uuid(),
  kind: z.enum(['writing', 'speaking']),
  status: z.enum(['queued', 'running', 'done', 'failed']),
  code: z.string().nullable().describe('Cause of the failure: a problem code such as AI_PROVIDER_REQUIRED'),
  submissionId: z.uuid().nullable(),
  feedback: feedback.nullable(),
  createdAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
});

export function toGradingBody(grading: Grading): z.input<typeof gradingBody> {
  return {
    jobId: grading.id,
    kind: grading.kind,
    status: grading.status,
    code: grading.code,
    submissionId: grading.submissionId,
    feedback: grading.feedback,
    createdAt: grading.createdAt.toISOString(),
    finishedAt: grading.finishedAt?.toISOString() ?? null,
  };
}

/** Public descriptions of failures; other codes are internal. */
const messages: Partial<Record<ErrorCode, string>> = {
  ai_provider_failed: 'The AI provider could not complete this request. Try again later.',
  AI_PROVIDER_REQUIRED: 'This needs an AI provider, and none is configured here.',
  budget_exceeded: "Today's budget for AI feedback is used up. It resets at 00:00 UTC.",
  media_missing: 'The recording does not exist.',
};

/** The error that a failed grading is reported with. */
export function errorOfGrading({ code }: Pick<Grading, 'code'>): AppError {
  const known = Object.entries(messages).find(([listed]) => listed === code);
  if (known) return new AppError(known[0] as ErrorCode, known[1]);
  return new AppError('internal_error', 'This submission could not be graded.', { details: { code } });
}
