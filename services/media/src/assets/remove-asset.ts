import { enqueueJob } from '@lms/jobs';
import { type Deps, serviceName } from '../deps.ts';
import type { Asset } from './asset.ts';
import { findAsset, forgetAsset } from './asset-store.ts';

type RemoveDeps = Pick<Deps, 'prisma' | 'objectStore' | 'uploads'>;

/**
 * Job: deletes the object of a deleted or rejected asset at once, and the asset once nothing more can be uploaded to its
 * key. Until then a signed URL may still be valid, so the job runs again later.
 */
export async function removeAsset({ assetId }: { assetId: string }, deps: RemoveDeps): Promise<void> {
  const asset = await findAsset(deps.prisma, assetId);
  if (!asset || asset.status === 'pending' || asset.status === 'ready') return;
  const doneAt = await removeObject(asset, deps);
  if (doneAt === null) return;
  await enqueueJob(deps.prisma, serviceName, {
    name: 'remove_asset',
    payload: { assetId },
    jobKey: `remove:${assetId}`,
    runAt: doneAt,
  });
}

/** Deletes an object, and its asset if that is already safe; otherwise returns the time when it will be. */
export async function removeObject(asset: Asset, deps: RemoveDeps): Promise<Date | null> {
  await deps.objectStore.delete(asset.key);
  const doneAt = removableAt(asset, deps.uploads);
  if (doneAt.getTime() > Date.now()) return doneAt;
  await forgetAsset(deps.prisma, asset.id);
  return null;
}

function removableAt(asset: Asset, uploads: Deps['uploads']): Date {
  const quietAt = asset.uploadExpiresAt.getTime() + uploads.quietAfterSeconds * 1_000;
  const toldUntil =
    asset.status === 'rejected' ? asset.createdAt.getTime() + uploads.rejectedKeptSeconds * 1_000 : 0;
  return new Date(Math.max(quietAt, toldUntil));
}
