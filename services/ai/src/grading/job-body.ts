import { AppError, type ErrorCode } from '@lms/errors';
import { z } from 'zod';
import { feedback } from '../feedback/feedback.ts';
import type { GradingJob } from './job-store.ts';

/** A grading as the API shows it. */
export const jobBody = z.object({
  jobId: z.uuid(),
  kind: z.enum(['writing', 'speaking']),
  status: z.enum(['queued', 'running', 'done', 'failed']),
  code: z.string().nullable().describe('Why it failed: a problem code such as AI_PROVIDER_REQUIRED'),
  submissionId: z.uuid().nullable(),
  feedback: feedback.nullable(),
  createdAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
});

export function toJobBody(job: GradingJob): z.input<typeof jobBody> {
  return {
    jobId: job.id,
    kind: job.kind,
    status: job.status,
    code: job.code,
    submissionId: job.submissionId,
    feedback: job.feedback,
    createdAt: job.createdAt.toISOString(),
    finishedAt: job.finishedAt?.toISOString() ?? null,
  };
}

/** What is said of a failure; codes that are not listed are ours alone to explain. */
const messages: Partial<Record<ErrorCode, string>> = {
  ai_provider_failed: 'The AI provider could not do this. Try again later.',
  AI_PROVIDER_REQUIRED: 'This needs an AI provider, and none is configured here.',
  budget_exceeded: "Today's budget for AI feedback is used up. It is new at 00:00 UTC.",
  media_missing: 'The recording is not there.',
};

/** The error that a failed job stands for. */
export function errorOfJob({ code }: Pick<GradingJob, 'code'>): AppError {
  const known = Object.entries(messages).find(([listed]) => listed === code);
  if (known) return new AppError(known[0] as ErrorCode, known[1]);
  return new AppError('internal_error', 'This could not be graded.', { details: { code } });
}
