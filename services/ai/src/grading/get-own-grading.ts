import { notFound } from '@lms/errors';
import type { Deps } from '../deps.ts';
import { refuseErased } from '../erasures/erasure-store.ts';
import { findGrading, type Grading } from './grading-store.ts';

/**
 * Reads a grading of the caller.
 * @throws AppError `not_found`, also for gradings of other users; `session_revoked` for an erased user.
 */
export async function getOwnGrading(
  { gradingId, userId }: { gradingId: string; userId: string },
  { prisma }: Pick<Deps, 'prisma'>,
): Promise<Grading> {
  const grading = await findGrading(prisma, gradingId);
  if (grading?.userId !== userId) throw notFound('The job');
  await refuseErased(prisma, userId);
  return grading;
}
