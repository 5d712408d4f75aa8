import { AppError } from '@lms/errors';
import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary } from '@zxcvbn-ts/language-common';
import { z } from 'zod';

/** What a new password must look like; whether it is easy to guess is `checkPassword`'s question. */
export const newPassword = z
  .string()
  .refine((text) => lengthOf(text) >= 10, 'must have at least 10 characters')
  .refine((text) => lengthOf(text) <= 128, 'must have at most 128 characters');

/** A password that is compared, not chosen: no rule but a limit on what is hashed. */
export const existingPassword = z.string().min(1).max(1_024);

const estimator = new ZxcvbnFactory({ dictionary, graphs: adjacencyGraphs });
/** The estimate takes longer than linear time; nobody guesses the rest of 40 good characters. */
const estimatedCharacters = 40;
/** zxcvbn: below 2 fewer than a million guesses are enough. */
const minScore = 2;
const ownWords = ['lms', 'matkhau', 'tienganh', 'tiengviet'];

/**
 * Refuses passwords that are easy to guess: well-known ones, keyboard walks, repetitions, the user's own
 * name and address, and variations of these.
 * @throws AppError `validation_failed` naming `field` (`body.password`).
 */
export function checkPassword(password: string, facts: { field: string; about: (string | null)[] }): void {
  const about = facts.about.flatMap((text) => (text ? [text, ...text.split(/[^\p{L}\p{N}]+/u)] : []));
  const { score } = estimator.check(password.normalize('NFC').slice(0, estimatedCharacters), [
    ...ownWords,
    ...about.filter((word) => word.length > 2),
  ]);
  if (score >= minScore) return;
  throw new AppError('validation_failed', 'Choose another password.', {
    errors: [
      { path: facts.field, message: 'is too easy to guess; take several words that do not belong together' },
    ],
  });
}

function lengthOf(text: string): number {
  return [...text.normalize('NFC')].length;
}
