import { describe, expect, it } from '@jest/globals';
import { type Contribution, localDay, rowsOf, weekOf } from './learning.ts';

const one = (over: Partial<Contribution>): Contribution => ({
  userId: 'u1',
  courseId: 'c1',
  lessonId: 'l1',
  at: new Date('2026-11-24T18:00:00Z'),
  eventTime: new Date('2026-11-24T18:00:01Z'),
  xp: 10,
  answers: 1,
  gradedAnswers: 1,
  correctAnswers: 1,
  completions: 0,
  ...over,
});

describe('localDay', () => {
  it('changes at midnight of the time zone, not of UTC', () => {
    const at = new Date('2026-11-24T18:00:00Z');
    expect(localDay(at, 'UTC')).toBe('2026-11-24');
    expect(localDay(at, 'Asia/Ho_Chi_Minh')).toBe('2026-11-25');
    expect(localDay(new Date('2026-11-24T03:00:00Z'), 'America/New_York')).toBe('2026-11-23');
  });
  it('takes an unknown zone for UTC', () => {
    expect(localDay(new Date('2026-11-24T18:00:00Z'), 'Mars/Olympus')).toBe('2026-11-24');
  });
});

describe('weekOf', () => {
  it('begins on Monday in UTC, wherever the learner is', () => {
    expect(weekOf(new Date('2026-11-23T00:00:00Z'))).toBe('2026-11-23');
    expect(weekOf(new Date('2026-11-29T23:59:59Z'))).toBe('2026-11-23');
    expect(weekOf(new Date('2026-11-30T00:00:00Z'))).toBe('2026-11-30');
    expect(weekOf(new Date('2027-01-01T12:00:00Z'))).toBe('2026-12-28');
  });
});

describe('rowsOf', () => {
  it("counts for the day in the learner's time zone and the week in UTC", () => {
    const at = new Date('2026-11-29T18:00:00Z');
    expect(rowsOf([one({ at })], () => 'Asia/Ho_Chi_Minh')).toEqual([
      expect.objectContaining({ user_id: 'u1', day: '2026-11-30', week: '2026-11-23', xp: 10 }),
    ]);
  });
});
