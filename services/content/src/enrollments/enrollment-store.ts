import type { Tx } from '../deps.ts';

/** Enrols a learner; returns false if they were enrolled already. */
export async function enroll(tx: Tx, userId: string, courseId: string): Promise<boolean> {
  const { count } = await tx.enrollment.createMany({ data: [{ userId, courseId }], skipDuplicates: true });
  return count === 1;
}

export async function unenroll(tx: Tx, userId: string, courseId: string): Promise<void> {
  await tx.enrollment.deleteMany({ where: { userId, courseId } });
}
