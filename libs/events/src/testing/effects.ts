import { eventuallyPasses } from '@lms/testing';
import type { HandlerContext } from '../consume/define-consumers.ts';
import type { CloudEvent } from '../contracts/cloud-event.ts';
import type { EventWorld, TestTransaction } from './event-world.ts';

/** A handler that records each call, and functions that read the records. */
export async function createEffects(world: EventWorld, schema: string) {
  await world.query(schema, 'CREATE TABLE effects (seq bigserial, user_id text, number int)');
  const count = async () => {
    const [row] = await world.query<{ count: string }>(schema, 'SELECT count(*) FROM effects');
    return Number(row?.count);
  };
  return {
    /** Records the user of the event, and its number (`xp`). */
    async record(event: CloudEvent, { tx }: HandlerContext<TestTransaction, undefined>): Promise<void> {
      const number = 'xp' in event.data ? event.data.xp : -1;
      await tx.$executeRawUnsafe(
        'INSERT INTO effects (user_id, number) VALUES ($1, $2::int)',
        event.subject,
        number,
      );
    },
    /** Numbers of one user's events, in the order of their effects. */
    async of(userId: string): Promise<number[]> {
      const sql = 'SELECT number FROM effects WHERE user_id = $1 ORDER BY seq';
      return (await world.query<{ number: number }>(schema, sql, [userId])).map(({ number }) => number);
    },
    untilCount: (wanted: number) =>
      eventuallyPasses(
        `${wanted} effects`,
        async () => {
          const found = await count();
          if (found < wanted) throw new Error(`there are ${found}`);
        },
        { timeoutMs: 20_000 },
      ),
    count,
    async clear(): Promise<void> {
      await world.query(schema, 'DELETE FROM effects');
    },
  };
}
