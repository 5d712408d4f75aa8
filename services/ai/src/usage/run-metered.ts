import { appendEvent } from '@lms/events';
import type { Deps } from '../deps.ts';
import { isErased, lockUser } from '../erasures/erasure-store.ts';
import type { ProviderCall } from '../providers/index.ts';
import { chargeCall } from './budget.ts';
import { addUsage, insertInvocation } from './usage-store.ts';

type MeteredDeps = Pick<Deps, 'prisma' | 'budget' | 'aiMetrics'>;

/**
 * Runs work that calls the provider for a user, within the budget. Each call is recorded (row, event and metrics),
 * whatever its outcome.
 * @throws AppError `budget_exceeded` before `work` begins.
 */
export async function runMetered<T>(
  { userId, share = 1 }: { userId: string; share?: number },
  deps: MeteredDeps,
  work: (onCall: (call: ProviderCall) => void) => Promise<T>,
): Promise<T> {
  const day = await chargeCall(userId, share, deps);
  const calls: ProviderCall[] = [];
  try {
    return await work((call) => {
      calls.push(call);
      deps.aiMetrics.called(call);
    });
  } finally {
    await record(userId, day, calls, deps);
  }
}

async function record(
  userId: string,
  day: Date,
  calls: readonly ProviderCall[],
  { prisma }: MeteredDeps,
): Promise<void> {
  const recordedAt = new Date();
  await prisma.$transaction(async (tx) => {
    await lockUser(tx, userId);
    if (await isErased(tx, userId)) return;
    const tokens = calls.reduce((sum, call) => sum + call.inputTokens + call.outputTokens, 0);
    await addUsage(tx, { userId, day, calls: calls.length - 1, tokens });
    for (const call of calls) {
      const invocationId = await insertInvocation(tx, userId, call, recordedAt);
      await appendEvent(tx, {
        type: 'invocation.recorded',
        data: { invocationId, userId, ...call, recordedAt: recordedAt.toISOString() },
      });
    }
  });
}
