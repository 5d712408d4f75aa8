import type { Deps } from '../deps.ts';
import { pendingServices } from './erasure.ts';
import { listOverdue } from './erasure-store.ts';

const overdueAfterMs = 86_400_000;
const shown = 100;

/** Scheduled job: logs the services that have not erased a user within a day. The law allows a month. */
export async function checkErasures({ prisma, log }: Pick<Deps, 'prisma' | 'log'>): Promise<void> {
  const overdue = await listOverdue(prisma, new Date(Date.now() - overdueAfterMs), shown);
  if (overdue.length === 0) return;
  const waitingFor = [...new Set(overdue.flatMap(pendingServices))].sort();
  log.error(
    { erasures: overdue.length, oldest: overdue[0]?.id, waitingFor },
    'erasures are overdue: a service has not erased a user within a day',
  );
}
