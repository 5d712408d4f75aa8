import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { type Harness, startHarness } from '../testing/harness.ts';
import { deleteWeekCounts, deleteWeeks, findStanding, recountWeek } from './leaderboard-store.ts';
import { recountWeeks } from './recount-weeks.ts';

let harness: Harness;
const week = '2026-11-23';
const learners = Array.from({ length: 60 }, () => uuidv7()).sort();
beforeAll(async () => {
  harness = await startHarness();
});
beforeEach(async () => {
  await harness.database.query('DELETE FROM content.weekly_xp');
  await harness.database.query('DELETE FROM content.weekly_xp_counts');
});
afterAll(() => harness?.stop());

const sql = (text: string, ...values: unknown[]) => harness.database.query(text, values);
/** Adds XP as a projection does, in one statement. */
const add = (rows: { user: string; xp: number }[], of = week) =>
  sql(
    `INSERT INTO content.weekly_xp AS p (week, user_id, xp) SELECT $1::date, u, x FROM unnest($2::uuid[], $3::int[]) t(u, x)
     ON CONFLICT (week, user_id) DO UPDATE SET xp = p.xp + EXCLUDED.xp`,
    of,
    rows.map(({ user }) => user),
    rows.map(({ xp }) => xp),
  );
const ranks = () =>
  Promise.all(
    learners.map(async (userId) => (await findStanding(harness.deps.prisma, { week, userId }))?.rank),
  );
/** Ranks as they are defined: one more than the learners with more XP. */
async function definedRanks() {
  const rows = await sql(
    `SELECT user_id, rank() OVER (ORDER BY xp DESC)::int AS rank FROM content.weekly_xp WHERE week = $1`,
    week,
  );
  const of = new Map(rows.map(({ user_id, rank }) => [user_id, rank]));
  return learners.map((user) => of.get(user));
}
const random = (below: number) => Math.floor(Math.random() * below);
const someOf = (count: number) => learners.slice(random(learners.length - count)).slice(0, count);

describe('ranks from the counts', () => {
  test('are those of a count of everybody above, also for equal XP and at the edges of a block', async () => {
    const amounts = [1, 10, 63, 64, 64, 65, 127, 128, 128, 4_000];
    await add(
      learners.slice(0, 50).map((user, place) => ({ user, xp: amounts[place % amounts.length] ?? 0 })),
    );
    const defined = await definedRanks();
    expect(defined.filter((rank) => rank === undefined)).toHaveLength(10);
    expect(await ranks()).toEqual(defined);
  });

  test('stay right while many transactions write, erase and roll back at the same time', async () => {
    const changes = Array.from({ length: 120 }, (_, number) => async () => {
      const some = someOf(1 + random(20));
      if (number % 10 === 9) return sql('DELETE FROM content.weekly_xp WHERE user_id = $1', some[0]);
      const rows = some.map((user) => ({ user, xp: 1 + random(40) }));
      // One statement cannot change a row twice, so everything it did is rolled back.
      if (number % 10 === 8) return add([...rows, ...rows.slice(0, 1)]).catch(() => undefined);
      return add(rows);
    });
    const workers = Array.from({ length: 3 }, async () => {
      for (let next = changes.pop(); next; next = changes.pop()) await next();
    });
    await Promise.all(workers);
    expect(await ranks()).toEqual(await definedRanks());
    expect(await recountWeek(harness.deps.prisma, week)).toBe(0);
  });

  test('of a transaction that waits for no other one: each writes counts of its own', async () => {
    await add(learners.slice(0, 2).map((user) => ({ user, xp: 10 })));
    await harness.deps.prisma.$transaction(async (tx) => {
      await tx.weeklyXp.updateMany({ where: { userId: learners[0] ?? '' }, data: { xp: { increment: 10 } } });
      // On another connection, for the same amounts of XP, while the first has not committed.
      await add([{ user: learners[1] ?? '', xp: 10 }]);
    });
    expect((await ranks()).slice(0, 2)).toEqual([1, 1]);
  });
});

test('recounting corrects counts that were changed behind the back of the triggers', async () => {
  const now = new Date();
  const monday = new Date(now.getTime() - ((now.getUTCDay() + 6) % 7) * 86_400_000)
    .toISOString()
    .slice(0, 10);
  await add(
    learners.map((user, place) => ({ user, xp: 10 + place })),
    monday,
  );
  await sql('UPDATE content.weekly_xp_counts SET learners = learners + 5 WHERE xp = 64');
  const last = { week: monday, userId: learners[0] ?? '' };
  expect((await findStanding(harness.deps.prisma, last))?.rank).toBe(65);
  await recountWeeks(harness.deps);
  expect((await findStanding(harness.deps.prisma, last))?.rank).toBe(60);
});

test('old weeks disappear with their counts', async () => {
  await add(
    learners.map((user) => ({ user, xp: 10 })),
    '2020-01-06',
  );
  const batch = { keptWeeks: 53, limit: 40 };
  const { prisma } = harness.deps;
  expect([await deleteWeeks(prisma, batch), await deleteWeeks(prisma, batch)]).toEqual([40, 20]);
  expect(await deleteWeekCounts(prisma, batch)).toBeGreaterThan(0);
  expect(await sql('SELECT FROM content.weekly_xp_counts')).toEqual([]);
});
