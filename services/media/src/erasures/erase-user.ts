import { appendEvent } from '@lms/events';
import { enqueueJob } from '@lms/jobs';
import { nobody } from '../assets/asset.ts';
import { findAsset, lockUser, markDeleted } from '../assets/asset-store.ts';
import { removeObject } from '../assets/remove-asset.ts';
import { type Deps, serviceName } from '../deps.ts';
import { anonymise, completeErasure, deleteUserRows, findErasure, listOwned } from './erasure-store.ts';

const batch = 200;
/** Rows without objects that one transaction deletes. */
const rowBatch = 1_000;
const service = 'media';

type EraseDeps = Pick<Deps, 'prisma' | 'sql' | 'objectStore' | 'uploads' | 'log'>;

/**
 * Job: removes every file of a user, takes the user's id off finished lesson files, which stay with their course, and
 * then publishes `user.erased.media`. While a signed upload URL of the user may still be valid it runs again later: the
 * erasure is complete only when nothing more can be uploaded.
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
    signal?.throwIfAborted();
    const assets = await listOwned(deps.prisma, { userId, afterId, limit: batch });
    const [kept, removed] = [true, false].map((finished) =>
      assets.filter((asset) => asset.isFinishedLessonFile === finished).map(({ id }) => id),
    );
    await anonymise(deps.prisma, userId, kept ?? []);
    for (const id of removed ?? []) {
      signal?.throwIfAborted();
      const doneAt = await removeOne(id, deps);
      if (doneAt && (!comeBackAt || doneAt > comeBackAt)) comeBackAt = doneAt;
    }
    const last = assets.at(-1);
    if (!last || assets.length < batch) break;
    afterId = last.id;
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

async function finish(
  erasure: { userId: string; erasureId: string },
  { prisma, sql }: EraseDeps,
): Promise<void> {
  const erasedAt = new Date();
  while ((await deleteUserRows(sql, erasure.userId, rowBatch)) >= rowBatch);
  await prisma.$transaction(async (tx) => {
    await lockUser(tx, erasure.userId);
    await deleteUserRows(tx, erasure.userId, rowBatch);
    if (!(await completeErasure(tx, erasure.userId, erasedAt))) return;
    await appendEvent(tx, {
      type: 'user.erased.media',
      data: { ...erasure, service, erasedAt: erasedAt.toISOString() },
    });
  });
}
