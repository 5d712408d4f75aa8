import type { Deps, Tx } from './deps.ts';

/** Runs reads on one snapshot, so that commits in between cannot make totals and their parts disagree. */
export function atOneMoment<T>({ prisma }: Pick<Deps, 'prisma'>, read: (tx: Tx) => Promise<T>): Promise<T> {
  return prisma.$transaction(read, { isolationLevel: 'RepeatableRead' });
}
