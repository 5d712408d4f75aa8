import { deleteExpiredIdempotencyKeys } from '@lms/postgres';
import type { Deps } from '../deps.ts';

/** Job: deletes the stored responses of Idempotency-Keys older than a day. */
export async function deleteExpiredKeys({ prisma, log }: Pick<Deps, 'prisma' | 'log'>): Promise<void> {
  const deleted = await deleteExpiredIdempotencyKeys(prisma);
  log.info({ deleted }, 'deleted expired idempotency keys');
}
