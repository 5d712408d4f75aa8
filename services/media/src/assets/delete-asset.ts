import { AppError } from '@lms/errors';
import { appendEvent } from '@lms/events';
import type { Caller } from '@lms/http';
import { enqueueJob } from '@lms/jobs';
import { type Deps, serviceName } from '../deps.ts';
import { mayDelete } from './asset.ts';
import { markDeleted } from './asset-store.ts';
import { getVisibleAsset } from './get-asset.ts';

/** Takes an asset out of sight at once; a job removes its object. */
export async function deleteAsset(
  input: { params: { assetId: string }; caller: Caller },
  deps: Pick<Deps, 'prisma'>,
): Promise<undefined> {
  const asset = await getVisibleAsset(input, deps);
  if (!mayDelete(asset, input.caller))
    throw new AppError('forbidden', 'Files of lessons are deleted by editors.');

  const { id: assetId, ownerId, purpose } = asset;
  await deps.prisma.$transaction(async (tx) => {
    if (!(await markDeleted(tx, assetId))) return;
    await enqueueJob(tx, serviceName, { name: 'remove_asset', payload: { assetId } });
    const deletedAt = new Date().toISOString();
    await appendEvent(tx, { type: 'asset.deleted', data: { assetId, ownerId, purpose, deletedAt } });
  });
}
