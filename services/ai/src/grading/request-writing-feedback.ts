import { defineRoute, Reply } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { errorOfGrading, gradingBody, toGradingBody } from './grading-body.ts';
import { gradingRateLimit, languageTag, level, words } from './request-fields.ts';
import { requestGrading } from './request-grading.ts';
import { waitForGrading } from './wait-for-grading.ts';

const newWriting = z.strictObject({
  text: words(10_000).describe("The learner's own words"),
  languageTag,
  level,
  prompt: words(2_000).optional().describe('What the learner was asked to write'),
  expectedText: words(2_000).optional().describe('A model answer'),
});

/**
 * Grades writing: returns the feedback (200) if it is ready within seconds, otherwise a job to poll (202). The
 * grading is a job from the start, so nothing is lost if the client disconnects or the process dies.
 */
export const requestWritingFeedback = defineRoute({
  method: 'post',
  path: '/ai/writing-feedback',
  summary: 'Get feedback on writing, at once (200) or as a job to poll (202)',
  tag: 'AI',
  auth: 'user',
  input: { body: newWriting },
  output: { status: 200, alsoStatus: [202], body: gradingBody },
  errors: ['budget_exceeded', 'ai_provider_failed', 'idempotency_key_reused', 'request_in_progress'],
  rateLimit: gradingRateLimit,
  handler: async (input, deps: Pick<Deps, 'prisma' | 'budget' | 'grading'>) => {
    const { body, caller, signal } = input;
    const gradingId = await requestGrading(
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
    const grading = await waitForGrading({ gradingId, userId: caller.userId, signal }, deps);
    if (grading.status === 'failed') throw errorOfGrading(grading);
    return new Reply(toGradingBody(grading), {
      status: grading.status === 'done' ? 200 : 202,
      headers: { location: `/api/v1/ai/jobs/${gradingId}` },
    });
  },
});
