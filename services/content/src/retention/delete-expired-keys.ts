import { deleteExpiredIdempotencyKeys } from '@lms/postgres';
import type { Deps } from '../deps.ts';

/** Job: forgets the answers of Idempotency-Keys older than a day. */
export async function deleteExpiredKeys({ prisma, log }: Pick<Deps, 'prisma' | 'log'>): Promise<void> {
  const deleted = await deleteExpiredIdempotencyKeys(prisma);
  log.info({ deleted }, 'expired idempotency keys deleted');
}
