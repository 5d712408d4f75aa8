import { getGrading } from './get-grading.ts';
import { requestSpeakingFeedback } from './request-speaking-feedback.ts';
import { requestWritingFeedback } from './request-writing-feedback.ts';

export const gradingRoutes = [requestWritingFeedback, requestSpeakingFeedback, getGrading];
