import { availableParallelism } from 'node:os';
import { expect, test } from '@jest/globals';
import { AppError } from '@lms/errors';
import { hashPassword, verifyPassword } from './password-hash.ts';

test('a password matches its hash, however its letters are composed, and no other', async () => {
  const stored = await hashPassword('ti\u1ebfng');
  await expect(verifyPassword(stored, 'tie\u0302\u0301ng')).resolves.toBe(true);
  await expect(verifyPassword(stored, 'tieng')).resolves.toBe(false);
  await expect(verifyPassword(null, 'ti\u1ebfng')).resolves.toBe(false);
});

test('too many hashes at once are refused, and the others are computed', async () => {
  const atOnce = Math.min(4, availableParallelism());
  const hashes = Array.from({ length: 80 * atOnce }, () => hashPassword('correct horse'));
  const results = await Promise.allSettled(hashes);
  const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  expect(refused.length).toBeGreaterThan(0);
  expect(refused.length).toBeLessThanOrEqual(16 * atOnce);
  for (const error of refused) {
    expect(error).toBeInstanceOf(AppError);
    expect(error).toMatchObject({ code: 'overloaded' });
    expect([1, 2, 3]).toContain(error.retryAfterSeconds);
  }
  await expect(hashPassword('correct horse')).resolves.toMatch(/^\$argon2id\$/);
});
