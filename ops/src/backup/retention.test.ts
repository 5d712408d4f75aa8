import { describe, expect, it } from '@jest/globals';
import { expiredBackups } from './retention.ts';

const now = new Date('2026-11-25T12:00:00Z');
const dayMs = 86_400_000;
const nameAt = (time: Date, label = '') =>
  `${time.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z-00ffee${label}`;
const daily = Array.from({ length: 500 }, (_, days) => nameAt(new Date(now.getTime() - days * dayMs)));
const keptOf = (names: string[], policy: Parameters<typeof expiredBackups>[1]) => {
  const expired = new Set(expiredBackups(names, policy, now));
  return names.filter((name) => !expired.has(name)).map((name) => name.slice(0, 8));
};

describe('expiredBackups', () => {
  it('keeps every backup of the last days', () => {
    expect(keptOf(daily, { days: 3, weeks: 0, months: 0 })).toEqual(['20261125', '20261124', '20261123']);
  });

  it('keeps the newest of each week, from Monday, and of each month', () => {
    expect(keptOf(daily, { days: 1, weeks: 3, months: 0 })).toEqual(['20261125', '20261122', '20261115']);
    expect(keptOf(daily, { days: 1, weeks: 0, months: 4 })).toEqual([
      '20261125',
      '20261031',
      '20260930',
      '20260831',
    ]);
  });

  it('counts only weeks and months with a backup, so that a pause does not shorten retention', () => {
    const sparse = ['2026-11-25', '2026-03-10', '2026-03-02', '2025-01-01'].map((day) =>
      nameAt(new Date(day)),
    );
    expect(keptOf(sparse, { days: 1, weeks: 0, months: 3 })).toEqual(['20261125', '20260310', '20250101']);
  });

  it('never deletes the newest backup, or a name that is not that of a backup', () => {
    const policy = { days: 0, weeks: 0, months: 0 };
    expect(expiredBackups([nameAt(new Date('2020-01-01')), 'something-else'], policy, now)).toEqual([]);
    expect(expiredBackups(daily.slice(0, 2), policy, now)).toEqual(daily.slice(1, 2));
  });
});
