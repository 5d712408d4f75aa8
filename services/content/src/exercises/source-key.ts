import { z } from 'zod';

/** Key of a part of a course in its files. It stays the same when the course is imported again. */
export const sourceKey = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[\p{L}\p{N}][\p{L}\p{N}:/_.+-]*$/u, 'must be letters, digits and : / _ . + -');
