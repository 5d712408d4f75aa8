import { fail } from 'node:assert/strict';
import { describe, expect, test } from '@jest/globals';
import { AppError } from '@lms/errors';
import { hashPassword, verifyPassword } from './password-hash.ts';
import { checkPassword, newPassword } from './password-rules.ts';

const check = (password: string) =>
  checkPassword(password, { field: 'body.password', about: ['ngoc.tran@example.com', 'Ngọc Trần'] });

describe('a new password', () => {
  test.each([
    'password1234',
    '1234567890',
    'qwertyuiop',
    'aaaaaaaaaaaa',
    'iloveyou2024',
    'p4ssw0rdp4ssw0rd',
    'ngoc.tran@example.com',
    'a'.repeat(128),
  ])('that is easy to guess is refused: %s', async (password) => {
    try {
      await check(password);
      fail('it was accepted');
    } catch (error) {
      expect(error).toBeInstanceOf(AppError);
      expect((error as AppError).errors).toMatchObject([{ path: 'body.password' }]);
      expect((error as AppError).message).not.toContain(password);
    }
  });

  test.each(['correct horse 1f2e', 'sông Hồng mùa thu', 'lamp-river-42-stone'])(
    'that is hard to guess is accepted: %s',
    async (password) => {
      await expect(check(password)).resolves.toBeUndefined();
    },
  );

  test('has 10 to 128 characters, counted as visible characters', () => {
    expect(newPassword.safeParse('123456789').success).toBe(false);
    expect(newPassword.safeParse('1234567890').success).toBe(true);
    // Nine letters, each typed as a letter and a mark.
    expect(newPassword.safeParse('e\u0301'.repeat(9)).success).toBe(false);
    expect(newPassword.safeParse('x'.repeat(128)).success).toBe(true);
    expect(newPassword.safeParse('x'.repeat(129)).success).toBe(false);
  });

  test('is judged by its first 40 characters, so that a longer one takes no more time to estimate', async () => {
    const good = Array.from({ length: 88 }, (_, i) => String.fromCharCode(33 + ((i * 7) % 90))).join('');
    await expect(check(good)).resolves.toBeUndefined();
    await expect(check('a'.repeat(40) + good)).rejects.toThrow(AppError);
    // Letters are composed first: 40 letters that are each typed as a letter and a mark are 40 characters.
    await expect(check('e\u0301'.repeat(40) + good)).rejects.toThrow(AppError);
    await expect(check('a'.repeat(20) + good)).resolves.toBeUndefined();
  });
});

describe('a stored password', () => {
  test('is argon2id with 19 MiB, two passes and one lane', async () => {
    expect(await hashPassword('lamp river stone')).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  });

  test('matches only the same password, in either composition', async () => {
    const stored = await hashPassword('s\u00f4ng H\u1ed3ng');
    expect(await verifyPassword(stored, 'so\u0302ng Ho\u0302\u0300ng')).toBe(true);
    expect(await verifyPassword(stored, 'song Hong')).toBe(false);
  });

  test('that does not exist takes as long to refuse as a wrong password', async () => {
    const stored = await hashPassword('lamp river stone');
    /** Processor time, in µs, because elapsed time depends on what else the machine does. */
    const costOf = async (hash: string | null) => {
      const before = process.cpuUsage();
      expect(await verifyPassword(hash, 'another password')).toBe(false);
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    const [unknown, wrong]: [number[], number[]] = [[], []];
    for (let round = 0; round < 15; round++) {
      unknown.push(await costOf(null));
      wrong.push(await costOf(stored));
    }
    expect(Math.min(...wrong)).toBeGreaterThan(1_000);
    expect(Math.min(...unknown)).toBeGreaterThan(Math.min(...wrong) / 3);
    expect(Math.min(...unknown)).toBeLessThan(Math.min(...wrong) * 3);
  });
});
