import type { Deps } from '../deps.ts';
import { weekOf } from '../progress/learning.ts';
import { recountWeek } from './leaderboard-store.ts';

const weekMs = 7 * 86_400_000;

/**
 * Job: compares the counts of this week and the last with the learners' XP. They agree, because triggers keep them;
 * they would not if somebody changed rows with triggers disabled, and then the ranks would stay wrong.
 */
export async function recountWeeks({ prisma, log }: Pick<Deps, 'prisma' | 'log'>): Promise<void> {
  const now = Date.now();
  for (const week of [weekOf(new Date(now)), weekOf(new Date(now - weekMs))]) {
    const wrong = await recountWeek(prisma, week);
    if (wrong > 0)
      log.error({ week, wrong }, 'the counts of a leaderboard were wrong and have been corrected');
  }
}
