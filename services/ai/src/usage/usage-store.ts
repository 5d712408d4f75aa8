import type { SqlTransaction } from '@lms/postgres';
import { v7 as uuidv7 } from 'uuid';
import type { Tx } from '../deps.ts';
import type { ProviderCall } from '../providers/index.ts';

/** A user's usage on one day. */
export async function findUsage(
  tx: Tx,
  userId: string,
  day: Date,
): Promise<{ calls: number; tokens: number }> {
  const row = await tx.dailyUsage.findUnique({ where: { userId_day: { userId, day } } });
  return { calls: row?.calls ?? 0, tokens: Number(row?.tokens ?? 0) };
}

/** Counts one more call; false if the day's limits have been reached. */
export async function reserveCall(
  tx: Tx,
  { userId, day, maxCalls, maxTokens }: { userId: string; day: Date; maxCalls: number; maxTokens: number },
): Promise<boolean> {
  if (maxCalls < 1 || maxTokens < 1) return false;
  const changed = await tx.$executeRaw`
    INSERT INTO daily_usage (user_id, day, calls) VALUES (${userId}::uuid, ${day}::date, 1)
    ON CONFLICT (user_id, day) DO UPDATE SET calls = daily_usage.calls + 1
    WHERE daily_usage.calls < ${maxCalls} AND daily_usage.tokens < ${maxTokens}`;
  return changed === 1;
}

/** Corrects a reserved call to its actual usage; `calls` may be negative if no call was made. */
export async function addUsage(
  tx: Tx,
  { userId, day, calls, tokens }: { userId: string; day: Date; calls: number; tokens: number },
): Promise<void> {
  await tx.dailyUsage.updateMany({
    where: { userId, day },
    data: { calls: { increment: calls }, tokens: { increment: tokens } },
  });
}

/** Records a call. @returns the id of the invocation. */
export async function insertInvocation(
  tx: Tx,
  userId: string,
  call: ProviderCall,
  recordedAt: Date,
): Promise<string> {
  const id = uuidv7();
  await tx.invocation.create({ data: { id, userId, recordedAt, ...call } });
  return id;
}

/** Deletes at most `limit` counters of days before `before`; returns how many. */
export function deleteOldUsage(tx: SqlTransaction, before: Date, limit: number): Promise<number> {
  return tx.$executeRawUnsafe(
    `DELETE FROM daily_usage WHERE ctid = ANY (ARRAY(
       SELECT ctid FROM daily_usage WHERE day < $1::date ORDER BY day LIMIT $2::int FOR UPDATE SKIP LOCKED))`,
    before.toISOString(),
    limit,
  );
}

/** Deletes at most `limit` calls recorded before `before`; returns how many. */
export function deleteOldInvocations(tx: SqlTransaction, before: Date, limit: number): Promise<number> {
  return tx.$executeRawUnsafe(
    `DELETE FROM invocations WHERE id = ANY (ARRAY(
       SELECT id FROM invocations WHERE recorded_at < $1::timestamptz ORDER BY recorded_at LIMIT $2::int
       FOR UPDATE SKIP LOCKED))`,
    before.toISOString(),
    limit,
  );
}
