import type { SqlTransaction } from '@lms/postgres';
import type { Tx } from '../deps.ts';

/** Enrols a learner; returns false if they were enrolled already. */
export async function enroll(tx: SqlTransaction, userId: string, courseId: string): Promise<boolean> {
  const inserted = await tx.$executeRawUnsafe(
    'INSERT INTO enrollments (user_id, course_id) VALUES ($1::uuid, $2::uuid) ON CONFLICT DO NOTHING',
    userId,
    courseId,
  );
  return inserted === 1;
}

export async function unenroll(tx: Tx, userId: string, courseId: string): Promise<void> {
  await tx.enrollment.deleteMany({ where: { userId, courseId } });
}
