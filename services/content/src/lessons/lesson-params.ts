import { z } from 'zod';

export const lessonParams = z.object({ lessonId: z.uuid() });
