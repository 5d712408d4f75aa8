import { describe, expect, test } from '@jest/globals';
import { expiryOf, isLive, judgeRefresh, withRotation } from './session.ts';

const now = new Date('2026-11-25T10:00:00Z');
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1_000);

describe('judging a refresh token by its generation', () => {
  const session = { generation: 4, rotatedAt: [ago(900), ago(300), ago(9), ago(5), ago(1)] };

  test.each([
    [4, 'rotate'],
    [3, 'repeat'],
    // Replaced by generation 3, which began 5 s ago.
    [2, 'repeat'],
    // Replaced by generation 2, which began 9 s ago.
    [1, 'repeat'],
    // Replaced by generation 1, which began 300 s ago.
    [0, 'reused'],
    [5, 'unknown'],
  ] as const)('generation %i of 4: %s', (generation, verdict) => {
    expect(judgeRefresh(session, generation, now)).toBe(verdict);
  });

  test('the previous token is valid until the current one is used', () => {
    expect(judgeRefresh({ generation: 1, rotatedAt: [ago(9e6), ago(8e6)] }, 0, now)).toBe('repeat');
  });

  test('a generation that is no longer remembered is old', () => {
    let rotatedAt = [ago(1)];
    for (let generation = 1; generation <= 20; generation++) rotatedAt = withRotation(rotatedAt, ago(1));
    expect(rotatedAt).toHaveLength(8);
    expect(judgeRefresh({ generation: 20, rotatedAt }, 12, now)).toBe('repeat');
    expect(judgeRefresh({ generation: 20, rotatedAt }, 11, now)).toBe('reused');
  });
});

test('a session ends after its idle time, and at its maximum age at the latest', () => {
  const limits = { idleSeconds: 100, maxAgeSeconds: 1_000 };
  expect(expiryOf(ago(0), now, limits)).toEqual(ago(-100));
  expect(expiryOf(ago(950), now, limits)).toEqual(ago(-50));
});

test('a session is live until it is revoked or expires', () => {
  expect(isLive({ revokedAt: null, expiresAt: ago(-1) }, now)).toBe(true);
  expect(isLive({ revokedAt: null, expiresAt: now }, now)).toBe(false);
  expect(isLive({ revokedAt: now, expiresAt: ago(-1) }, now)).toBe(false);
});
