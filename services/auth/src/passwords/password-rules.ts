import { AppError } from '@lms/errors';
import type { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { z } from 'zod';

/** Format of a new password; `checkPassword` checks whether it is easy to guess. */
export const newPassword = z
  .string()
  .refine((text) => lengthOf(text) >= 10, 'must have at least 10 characters')
  .refine((text) => lengthOf(text) <= 128, 'must have at most 128 characters');

/** A password to be compared: the only rule is a limit on the length that is hashed. */
export const existingPassword = z.string().min(1).max(1_024);

/** Loaded with the first new password: its dictionaries take memory, and most processes never need them. */
let estimator: Promise<ZxcvbnFactory> | undefined;
/** The estimate takes more than linear time, and 40 good characters are enough to judge a password. */
const estimatedCharacters = 40;
/** Lowest accepted score of zxcvbn. Passwords below 2 can be guessed in fewer than a million guesses. */
const minScore = 2;
const ownWords = ['lms', 'matkhau', 'tienganh', 'tiengviet'];

/**
 * Refuses passwords that are easy to guess: well-known ones, keyboard walks, repetitions, the user's own
 * name and address, and variations of these.
 * @throws AppError `validation_failed` naming `field` (`body.password`).
 */
export async function checkPassword(
  password: string,
  facts: { field: string; about: (string | null)[] },
): Promise<void> {
  const about = facts.about.flatMap((text) => (text ? [text, ...text.split(/[^\p{L}\p{N}]+/u)] : []));
  estimator ??= loadEstimator();
  const { score } = (await estimator).check(password.normalize('NFC').slice(0, estimatedCharacters), [
    ...ownWords,
    ...about.filter((word) => word.length > 2),
  ]);
  if (score >= minScore) return;
  throw new AppError('validation_failed', 'Choose a different password.', {
    errors: [{ path: facts.field, message: 'is too easy to guess; use several unrelated words' }],
  });
}

async function loadEstimator(): Promise<ZxcvbnFactory> {
  const { createEstimator } = await import('./password-estimator.ts');
  return createEstimator();
}

function lengthOf(text: string): number {
  return [...text.normalize('NFC')].length;
}
