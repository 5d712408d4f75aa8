import type { Deps } from '../deps.ts';
import { enqueueGrading } from './enqueue-grading.ts';
import { listOverdue } from './grading-store.ts';

const batch = 200;

/** Job, every minute: resumes gradings whose process died or whose run was lost. */
export async function resumeGrading({ prisma, log }: Pick<Deps, 'prisma' | 'log'>): Promise<void> {
  const overdue = await listOverdue(prisma, new Date(), batch);
  for (const id of overdue) await enqueueGrading(prisma, id);
  if (overdue.length > 0) log.warn({ overdue: overdue.length }, 'resuming gradings whose lease expired');
}
