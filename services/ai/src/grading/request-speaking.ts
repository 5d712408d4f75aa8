import { setTimeout as sleep } from 'node:timers/promises';
import { notFound } from '@lms/errors';
import { Reply } from '@lms/http';
import type { Deps } from '../deps.ts';
import { providerRequired } from '../providers/index.ts';
import { findRecording } from '../recordings/recording-store.ts';
import { getOwnJob } from './get-job.ts';
import { toJobBody } from './job-body.ts';
import { type GradingRequest, requestGrading } from './request-grading.ts';

const lookAgainMs = 150;

export interface SpeakingInput extends GradingRequest {
  body: { assetId: string; expectedText: string; languageTag: string; level?: string | undefined };
  signal: AbortSignal;
}

/**
 * Lets a recording of the caller be graded: always a job (202). A recording that media completed a moment
 * ago may not be known here yet, so it is waited for.
 * @throws AppError `AI_PROVIDER_REQUIRED` at once when nobody here can hear; `not_found`.
 */
export async function requestSpeaking(
  input: SpeakingInput,
  deps: Pick<Deps, 'prisma' | 'budget' | 'grading' | 'provider'>,
) {
  const { body, caller, signal } = input;
  const { userId } = caller;
  if (!deps.provider.canTranscribe) throw providerRequired('Speech to text');
  const until = Date.now() + deps.grading.recordingWithinMs;
  while (!(await findRecording(deps.prisma, body.assetId, userId))) {
    if (signal.aborted || Date.now() > until) throw notFound('The recording');
    await sleep(lookAgainMs, undefined, { signal }).catch(() => undefined);
  }
  const { assetId, expectedText, languageTag, level = null } = body;
  const work = { kind: 'speaking' as const, assetId, expectedText, languageTag, level };
  const jobId = await requestGrading(input, work, deps);
  const job = await getOwnJob({ jobId, userId }, deps);
  return new Reply(toJobBody(job), { headers: { location: `/api/v1/ai/jobs/${jobId}` } });
}
