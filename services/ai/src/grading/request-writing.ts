import { Reply } from '@lms/http';
import type { Deps } from '../deps.ts';
import { waitForJob } from './get-job.ts';
import { errorOfJob, toJobBody } from './job-body.ts';
import { type GradingRequest, requestGrading } from './request-grading.ts';

export interface WritingInput extends GradingRequest {
  body: {
    text: string;
    languageTag: string;
    prompt?: string | undefined;
    level?: string | undefined;
    expectedText?: string | undefined;
  };
  signal: AbortSignal;
}

/**
 * Grades writing: feedback at once (200) when that takes seconds, else a job to come back for (202). It is
 * a job from the start, so a client that goes away, or a process that dies, loses nothing.
 */
export async function requestWriting(input: WritingInput, deps: Pick<Deps, 'prisma' | 'budget' | 'grading'>) {
  const { body, caller, signal } = input;
  const jobId = await requestGrading(
    input,
    {
      kind: 'writing',
      text: body.text,
      languageTag: body.languageTag,
      prompt: body.prompt ?? null,
      level: body.level ?? null,
      expectedText: body.expectedText ?? null,
    },
    deps,
  );
  const job = await waitForJob({ jobId, userId: caller.userId, signal }, deps);
  if (job.status === 'failed') throw errorOfJob(job);
  return new Reply(toJobBody(job), {
    status: job.status === 'done' ? 200 : 202,
    headers: { location: `/api/v1/ai/jobs/${jobId}` },
  });
}
