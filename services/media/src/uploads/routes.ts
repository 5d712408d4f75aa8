import { completeUpload } from './complete-upload.ts';
import { createUpload } from './create-upload.ts';

export const uploadRoutes = [createUpload, completeUpload];
