import { setTimeout as sleep } from 'node:timers/promises';
import { notFound } from '@lms/errors';
import { defineRoute, Reply } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { providerRequired } from '../providers/index.ts';
import { findRecording } from '../recordings/recording-store.ts';
import { getOwnGrading } from './get-own-grading.ts';
import { gradingBody, toGradingBody } from './grading-body.ts';
import { gradingRateLimit, languageTag, level, words } from './request-fields.ts';
import { requestGrading } from './request-grading.ts';

const lookAgainMs = 150;

const newSpeaking = z.strictObject({
  assetId: z.uuid().describe('A completed recording of the caller'),
  expectedText: words(2_000).describe('The text that the learner should say'),
  languageTag,
  level,
});

/**
 * Always returns a job (202). A recording that media completed a moment ago may not be known here yet, so the
 * request waits for it. If the provider cannot transcribe, it fails with `AI_PROVIDER_REQUIRED` at once.
 */
export const requestSpeakingFeedback = defineRoute({
  method: 'post',
  path: '/ai/speaking-feedback',
  summary: 'Get feedback on a recording (transcript, pronunciation and fluency) as a job',
  tag: 'AI',
  auth: 'user',
  input: { body: newSpeaking },
  output: { status: 202, body: gradingBody },
  errors: [
    'AI_PROVIDER_REQUIRED',
    'budget_exceeded',
    'not_found',
    'idempotency_key_reused',
    'request_in_progress',
  ],
  rateLimit: gradingRateLimit,
  handler: async (input, deps: Pick<Deps, 'prisma' | 'budget' | 'grading' | 'provider'>) => {
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
    const gradingId = await requestGrading(input, work, deps);
    const grading = await getOwnGrading({ gradingId, userId }, deps);
    return new Reply(toGradingBody(grading), { headers: { location: `/api/v1/ai/jobs/${gradingId}` } });
  },
});
