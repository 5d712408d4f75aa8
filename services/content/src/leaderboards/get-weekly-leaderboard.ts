import { defineRoute } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { weekOf } from '../progress/learning.ts';
import { findStanding, listLeaders } from './leaderboard-store.ts';

const standing = { rank: z.int(), xp: z.int() };

/** Without names: learners compare themselves with numbers, not with people. */
export const getWeeklyLeaderboard = defineRoute({
  method: 'get',
  path: '/leaderboards/weekly',
  summary:
    "Get a week's leaderboard (from Monday, UTC): the top learners without names, and the caller's rank",
  tag: 'Leaderboards',
  auth: 'user',
  input: {
    query: z.object({
      limit: z.coerce.number().int().min(1).max(100).default(20),
      week: z.iso
        .date()
        .refine((day) => weekOf(new Date(day)) === day, 'must be a Monday')
        .optional()
        .describe('A Monday; the current week by default'),
    }),
  },
  output: {
    status: 200,
    body: z.object({
      week: z.iso.date(),
      entries: z.array(
        z.object({
          ...standing,
          isSelf: z.boolean(),
          userId: z.uuid().nullable().describe("Only the caller's own id; null for others"),
        }),
      ),
      self: z.object(standing).nullable().describe('Null if the caller has no XP in this week'),
    }),
  },
  handler: async ({ query, caller: { userId } }, { sql }: Pick<Deps, 'sql'>) => {
    const week = query.week ?? weekOf(new Date());
    const [entries, self] = await sql.transaction(
      (tx) =>
        Promise.all([
          listLeaders(tx, { week, userId, limit: query.limit }),
          findStanding(tx, { week, userId }),
        ]),
      { mode: 'snapshot' },
    );
    return {
      week,
      entries: entries.map((entry) => ({ ...entry, userId: entry.isSelf ? userId : null })),
      self,
    };
  },
});
