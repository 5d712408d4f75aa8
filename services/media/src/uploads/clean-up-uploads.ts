import { appendEvent } from '@lms/events';
import { cleanUp, enqueueJob } from '@lms/jobs';
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
export async function cleanUpUploads(
  deps: Pick<Deps, 'prisma' | 'sql' | 'uploads' | 'log'>,
  signal: AbortSignal,
): Promise<void> {
  const { prisma, sql, uploads, log } = deps;
  const now = Date.now();
  const expiredBefore = new Date(now - uploads.completeWithinSeconds * 1_000);
  await cleanUp(
    {
      async abandoned(limit) {
        const assets = await listAbandoned(prisma, expiredBefore, Math.min(limit, batch));
        for (const asset of assets) await giveUp(asset, deps);
        return assets.length;
      },
      async leftovers(limit) {
        const assets = await listLeftovers(prisma, new Date(now - dayMs - 3_600_000), Math.min(limit, batch));
        for (const { id } of assets) await removeLater(sql, id);
        // They stay in the list until they are removed, so the next run takes the others.
        return 0;
      },
      dailyUploads: (limit) => deleteDailyUploads(sql, new Date(now - 7 * dayMs), limit),
      idempotencyKeys: () => deleteExpiredIdempotencyKeys(sql),
    },
    { log, signal, limit: batch },
  );
}

function removeLater(sql: Deps['sql'], assetId: string): Promise<void> {
  return enqueueJob(sql, serviceName, {
    name: 'remove_asset',
    payload: { assetId },
    jobKey: `remove:${assetId}`,
  });
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
