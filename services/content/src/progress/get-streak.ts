import { defineRoute } from '@lms/http';
import { z } from 'zod';
import { atOneMoment } from '../at-one-moment.ts';
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
  handler: async ({ caller: { userId } }, { prisma }: Pick<Deps, 'prisma'>) => {
    const timeZone = await findTimeZone(prisma, userId);
    const today = localDay(new Date(), timeZone);
    const { streak, learner } = await atOneMoment({ prisma }, async (tx) => ({
      streak: await findStreak(tx, userId, today),
      learner: await findLearnerProgress(tx, userId),
    }));
    return { ...streak, today, timeZone, asOf: learner?.asOf.toISOString() ?? null };
  },
});
