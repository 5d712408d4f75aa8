import { defineRoute } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { findTimeZone } from '../learners/learners-store.ts';
import { localDay } from './learning.ts';
import { findLearnerProgress, findStreak } from './progress-store.ts';

export const getStreak = defineRoute({
  method: 'get',
  path: '/progress/streak',
  summary: "Get the number of consecutive days with activity, in the caller's time zone",
  tag: 'Progress',
  auth: 'user',
  output: {
    status: 200,
    body: z.object({
      currentDays: z
        .int()
        .describe('Counted up to today, or up to yesterday if there is no activity today yet'),
      longestDays: z.int(),
      todayDone: z.boolean(),
      today: z.iso.date(),
      timeZone: z.string(),
      asOf: z.iso.datetime().nullable(),
    }),
  },
  handler: async ({ caller: { userId } }, { sql }: Pick<Deps, 'sql'>) => {
    const timeZone = await findTimeZone(sql, userId);
    const today = localDay(new Date(), timeZone);
    const [streak, learner] = await sql.transaction(
      (tx) => Promise.all([findStreak(tx, userId, today), findLearnerProgress(tx, userId)]),
      { mode: 'snapshot' },
    );
    return { ...streak, today, timeZone, asOf: learner?.asOf.toISOString() ?? null };
  },
});
