import { defineRoute } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { getOwnGrading } from './get-own-grading.ts';
import { gradingBody, toGradingBody } from './grading-body.ts';

export const getGrading = defineRoute({
  method: 'get',
  path: '/ai/jobs/{jobId}',
  summary: 'Get a job with its status, and its feedback when it is done',
  tag: 'AI',
  auth: 'user',
  input: { params: z.object({ jobId: z.uuid() }) },
  output: { status: 200, body: gradingBody },
  errors: ['not_found'],
  handler: async ({ params, caller }, deps: Pick<Deps, 'prisma'>) =>
    toGradingBody(await getOwnGrading({ gradingId: params.jobId, userId: caller.userId }, deps)),
});
