import { defineRoute } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { getOwnJob } from './get-job.ts';
import { jobBody, toJobBody } from './job-body.ts';
import { requestSpeaking } from './request-speaking.ts';
import { requestWriting } from './request-writing.ts';

/** A learner writes and speaks; a program asks faster than that. */
const gradingRateLimit = { name: 'ai-gradings', limit: 60, windowSeconds: 60 };

const languageTag = z
  .string()
  .max(35)
  .refine(isLanguageTag, 'must be a BCP 47 language tag such as en or vi-VN')
  .describe('Language that is learned');
const level = z.enum(['A1', 'A2', 'B1', 'B2', 'C1', 'C2']).optional().describe('CEFR level of the learner');
const words = (max: number) =>
  z
    .string()
    .max(max)
    .refine((text) => text.trim() !== '', 'must not be empty')
    .refine(
      (text) => !text.includes('\0') && text.isWellFormed(),
      'must be text without NUL or broken characters',
    );

const newWriting = z.strictObject({
  text: words(10_000).describe("The learner's own words"),
  languageTag,
  level,
  prompt: words(2_000).optional().describe('What the learner was asked to write'),
  expectedText: words(2_000).optional().describe('A model answer'),
});

const newSpeaking = z.strictObject({
  assetId: z.uuid().describe('A completed recording of the caller'),
  expectedText: words(2_000).describe('What should be heard'),
  languageTag,
  level,
});

export const gradingRoutes = [
  defineRoute({
    method: 'post',
    path: '/ai/writing-feedback',
    summary: 'Get feedback on writing: at once (200), or a job to come back for (202)',
    tag: 'AI',
    auth: 'user',
    input: { body: newWriting },
    output: { status: 200, alsoStatus: [202], body: jobBody },
    errors: ['budget_exceeded', 'ai_provider_failed', 'idempotency_key_reused', 'request_in_progress'],
    rateLimit: gradingRateLimit,
    handler: (input, deps: Pick<Deps, 'prisma' | 'budget' | 'grading'>) => requestWriting(input, deps),
  }),
  defineRoute({
    method: 'post',
    path: '/ai/speaking-feedback',
    summary: 'Get feedback on a recording: transcript, pronunciation and fluency, as a job',
    tag: 'AI',
    auth: 'user',
    input: { body: newSpeaking },
    output: { status: 202, body: jobBody },
    errors: [
      'AI_PROVIDER_REQUIRED',
      'budget_exceeded',
      'not_found',
      'idempotency_key_reused',
      'request_in_progress',
    ],
    rateLimit: gradingRateLimit,
    handler: (input, deps: Pick<Deps, 'prisma' | 'budget' | 'grading' | 'provider'>) =>
      requestSpeaking(input, deps),
  }),
  defineRoute({
    method: 'get',
    path: '/ai/jobs/{jobId}',
    summary: 'Read a job: its status, and its feedback once done',
    tag: 'AI',
    auth: 'user',
    input: { params: z.object({ jobId: z.uuid() }) },
    output: { status: 200, body: jobBody },
    errors: ['not_found'],
    handler: async ({ params, caller }, deps: Pick<Deps, 'prisma'>) =>
      toJobBody(await getOwnJob({ jobId: params.jobId, userId: caller.userId }, deps)),
  }),
];

function isLanguageTag(value: string): boolean {
  try {
    return Intl.getCanonicalLocales(value).length === 1;
  } catch {
    return false;
  }
}
