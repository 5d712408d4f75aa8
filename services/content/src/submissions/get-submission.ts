import { notFound } from '@lms/errors';
import { defineRoute } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { submissionBody, toSubmissionBody } from './submission-body.ts';
import { findSubmission } from './submission-store.ts';

export const getSubmission = defineRoute({
  method: 'get',
  path: '/submissions/{submissionId}',
  summary: "Get one of the caller's submissions, with its grade when there is one",
  tag: 'Exercises',
  auth: 'user',
  input: { params: z.object({ submissionId: z.uuid() }) },
  output: { status: 200, body: submissionBody },
  errors: ['not_found'],
  async handler({ params, caller }, { sql }: Pick<Deps, 'sql'>) {
    const submission = await findSubmission(sql, params.submissionId, caller.userId);
    if (!submission) throw notFound('The submission');
    return toSubmissionBody(submission);
  },
});
