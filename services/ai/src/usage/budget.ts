import { AppError } from '@lms/errors';
import type { Deps, Tx } from '../deps.ts';
import { findUsage, reserveCall } from './usage-store.ts';

/** Limits of a user's usage per day (UTC). */
export interface Budget {
  callsPerDay: number;
  tokensPerDay: number;
}

/** The day (UTC) of a time, in its stored form. */
export const dayOf = (time: Date) => new Date(time.toISOString().slice(0, 10));
export const endOfDay = (time: Date) => new Date(dayOf(time).getTime() + 86_400_000);

/** Checks the budget before any work begins. @throws AppError `budget_exceeded`. */
export async function checkBudget(tx: Tx, userId: string, budget: Budget): Promise<void> {
  const now = new Date();
  const { calls, tokens } = await findUsage(tx, userId, dayOf(now));
  if (calls >= budget.callsPerDay || tokens >= budget.tokensPerDay) throw budgetExceeded(now);
}

/**
 * Counts a call before it is made, so that concurrent calls cannot exceed the limit together. Tokens are known
 * only afterwards, so calls in progress when the limit is reached may exceed it.
 * `share` is the part of the budget that this purpose may use up, 0 to 1.
 * @returns the day that was charged. @throws AppError `budget_exceeded`.
 */
export async function chargeCall(
  userId: string,
  share: number,
  { prisma, budget }: Pick<Deps, 'prisma' | 'budget'>,
): Promise<Date> {
  const now = new Date();
  const reserved = await reserveCall(prisma, {
    userId,
    day: dayOf(now),
    maxCalls: Math.floor(budget.callsPerDay * share),
    maxTokens: Math.floor(budget.tokensPerDay * share),
  });
  if (!reserved) throw budgetExceeded(now);
  return dayOf(now);
}

function budgetExceeded(now: Date): AppError {
  return new AppError(
    'budget_exceeded',
    "Today's budget for AI feedback is used up. It resets at 00:00 UTC.",
    {
      retryAfterSeconds: Math.ceil((endOfDay(now).getTime() - now.getTime()) / 1_000),
    },
  );
}
