import { z } from 'zod';

/** High enough that no learner writes or speaks faster. */
export const gradingRateLimit = { name: 'ai-gradings', limit: 60, windowSeconds: 60 };

export const languageTag = z
  .string()
  .max(35)
  .refine(isLanguageTag, 'must be a BCP 47 language tag such as en or vi-VN')
  .describe('The language being learned');

export const level = z
  .enum(['A1', 'A2', 'B1', 'B2', 'C1', 'C2'])
  .optional()
  .describe('CEFR level of the learner');

/** Text of at least one visible character and at most `max`. */
export const words = (max: number) =>
  z
    .string()
    .max(max)
    .refine((text) => text.trim() !== '', 'must not be empty')
    .refine(
      (text) => !text.includes('\0') && text.isWellFormed(),
      'must be text without NUL or broken characters',
    );

function isLanguageTag(value: string): boolean {
  try {
    return Intl.getCanonicalLocales(value).length === 1;
  } catch {
    return false;
  }
}
