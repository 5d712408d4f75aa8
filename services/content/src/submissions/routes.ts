import { getSubmission } from './get-submission.ts';
import { listSubmissions } from './list-submissions.ts';

export const submissionRoutes = [listSubmissions, getSubmission];
