import { appendEvent } from '@lms/events';
import { enqueueJob } from '@lms/jobs';
import { deleteExpiredIdempotencyKeys } from '@lms/postgres';
import { listAbandoned, listLeftovers, markDeleted } from '../assets/asset-store.ts';
import { type Deps, serviceName } from '../deps.ts';
import { deleteDailyUploads } from './daily-uploads-store.ts';

const batch = 200;
const dayMs = 86_400_000;

/**
 * Scheduled job: abandons uploads that were never completed, resumes removals that a storage outage interrupted, and
 * deletes counters and idempotency keys that are no longer needed.
 */
export async function cleanUpUploads(deps: Pick<Deps, 'prisma' | 'uploads' | 'log'>): Promise<void> {
  const { prisma, uploads, log } = deps;
  const now = Date.now();
  const expiredBefore = new Date(now - uploads.completeWithinSeconds * 1_000);
  let abandoned = 0;
  for (;;) {
    const assets = await listAbandoned(prisma, expiredBefore, batch);
    for (const asset of assets) abandoned += (await giveUp(asset, deps)) ? 1 : 0;
    if (assets.length < batch) break;
  }
  const leftovers = await listLeftovers(prisma, new Date(now - dayMs - 3_600_000), batch);
  for (const { id } of leftovers) {
    await enqueueJob(prisma, serviceName, {
      name: 'remove_asset',
      payload: { assetId: id },
      jobKey: `remove:${id}`,
    });
  }
  await deleteDailyUploads(prisma, new Date(now - 7 * dayMs));
  await deleteExpiredIdempotencyKeys(prisma);
  log.info({ abandoned, leftovers: leftovers.length }, 'uploads cleaned up');
}

async function giveUp(
  asset: Awaited<ReturnType<typeof listAbandoned>>[number],
  { prisma }: Pick<Deps, 'prisma'>,
): Promise<boolean> {
  const { id: assetId, ownerId, purpose } = asset;
  return prisma.$transaction(async (tx) => {
    if (!(await markDeleted(tx, assetId, ['pending']))) return false;
    await enqueueJob(tx, serviceName, { name: 'remove_asset', payload: { assetId } });
    const deletedAt = new Date().toISOString();
    await appendEvent(tx, { type: 'asset.deleted', data: { assetId, ownerId, purpose, deletedAt } });
    return true;
  });
}
