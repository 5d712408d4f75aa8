import { appendEvent } from '@lms/events';
import { enqueueJob } from '@lms/jobs';
import { nobody } from '../assets/asset.ts';
import { findAsset, lockUser, markDeleted } from '../assets/asset-store.ts';
import { removeObject } from '../assets/remove-asset.ts';
import { type Deps, serviceName } from '../deps.ts';
import { completeErasure, deleteUserCounters, findErasure, listOwnedIds } from './erasure-store.ts';

const batch = 200;
const service = 'media';

type EraseDeps = Pick<Deps, 'prisma' | 'objectStore' | 'uploads' | 'log'>;

/**
 * Job: removes every file of a user, then publishes `user.erased.media`. While a signed upload URL of the user may
 * still be valid it runs again later: the erasure is complete only when nothing more can be uploaded.
 */
export async function eraseUser(
  { userId }: { userId: string },
  deps: EraseDeps,
  signal?: AbortSignal,
): Promise<void> {
  const erasure = await findErasure(deps.prisma, userId);
  if (!erasure || erasure.completedAt) return;

  let comeBackAt: Date | null = null;
  for (let afterId = nobody; ; ) {
    const ids = await listOwnedIds(deps.prisma, { userId, afterId, limit: batch });
    for (const id of ids) {
      signal?.throwIfAborted();
      const doneAt = await removeOne(id, deps);
      if (doneAt && (!comeBackAt || doneAt > comeBackAt)) comeBackAt = doneAt;
    }
    const last = ids.at(-1);
    if (!last || ids.length < batch) break;
    afterId = last;
  }
  if (comeBackAt) await comeBack(userId, comeBackAt, deps);
  else await finish({ userId, erasureId: erasure.erasureId }, deps);
}

async function removeOne(id: string, deps: EraseDeps): Promise<Date | null> {
  const asset = await findAsset(deps.prisma, id);
  if (!asset) return null;
  const { ownerId, purpose } = asset;
  if (asset.status !== 'deleted') {
    await deps.prisma.$transaction(async (tx) => {
      if (!(await markDeleted(tx, id))) return;
      const deletedAt = new Date().toISOString();
      await appendEvent(tx, { type: 'asset.deleted', data: { assetId: id, ownerId, purpose, deletedAt } });
    });
  }
  return removeObject({ ...asset, status: 'deleted' }, deps);
}

async function comeBack(userId: string, runAt: Date, { prisma, log }: EraseDeps): Promise<void> {
  log.info({ runAt }, 'an erasure is waiting for signed upload URLs to expire');
  await enqueueJob(prisma, serviceName, {
    name: 'erase_user',
    payload: { userId },
    jobKey: `erase:${userId}`,
    maxAttempts: 25,
    runAt,
  });
}

async function finish(erasure: { userId: string; erasureId: string }, { prisma }: EraseDeps): Promise<void> {
  const erasedAt = new Date();
  await prisma.$transaction(async (tx) => {
    await lockUser(tx, erasure.userId);
    await deleteUserCounters(tx, erasure.userId);
    if (!(await completeErasure(tx, erasure.userId, erasedAt))) return;
    await appendEvent(tx, {
      type: 'user.erased.media',
      data: { ...erasure, service, erasedAt: erasedAt.toISOString() },
    });
  });
}
