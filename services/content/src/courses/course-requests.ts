import type { Caller } from '@lms/http';
import { z } from 'zod';

export const courseParams = z.object({ courseId: z.uuid() });

/** Query of reads that editors may also make of the draft. */
export const draftQuery = z.object({
  draft: z
    .enum(['true', 'false'])
    .default('false')
    .transform((value) => value === 'true')
    .describe('Editors only: return the draft instead of the published version'),
});

export const mayEdit = ({ role }: Caller) => role === 'editor' || role === 'admin';

/** Clients may cache shared data but must revalidate it each time: the response is 304 while it is unchanged. */
export const sharedHeaders = {
  'cache-control': 'private, no-cache',
  vary: 'Accept-Language, Authorization, Origin',
};

/** Common settings of the routes that change courses. */
export const editing = { tag: 'Course editing', auth: { roles: ['editor', 'admin'] } } as const;

/** For routes that read or write a whole course, which takes seconds of CPU time. */
export const wholeCourse = {
  ...editing,
  rateLimit: { name: 'course-editing', limit: 60, windowSeconds: 60 },
  timeoutMs: 55_000,
} as const;
