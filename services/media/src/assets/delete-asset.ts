import { AppError } from '@lms/errors';
import { appendEvent } from '@lms/events';
import { defineRoute } from '@lms/http';
import { enqueueJob } from '@lms/jobs';
import { z } from 'zod';
import { type Deps, serviceName } from '../deps.ts';
import { mayDelete } from './asset.ts';
import { markDeleted } from './asset-store.ts';
import { getVisibleAsset } from './get-visible-asset.ts';

/** Hides the asset at once; a job deletes its object. */
export const deleteAsset = defineRoute({
  method: 'delete',
  path: '/media/{assetId}',
  summary: 'Delete a file',
  tag: 'Media',
  auth: 'user',
  input: { params: z.object({ assetId: z.uuid() }) },
  output: { status: 204 },
  errors: ['not_found', 'forbidden'],
  handler: async (input, deps: Pick<Deps, 'prisma'>) => {
    const asset = await getVisibleAsset(input, deps);
    if (!mayDelete(asset, input.caller))
      throw new AppError('forbidden', 'Only editors can delete lesson files.');

    const { id: assetId, ownerId, purpose } = asset;
    await deps.prisma.$transaction(async (tx) => {
      if (!(await markDeleted(tx, assetId))) return;
      await enqueueJob(tx, serviceName, { name: 'remove_asset', payload: { assetId } });
      const deletedAt = new Date().toISOString();
      await appendEvent(tx, { type: 'asset.deleted', data: { assetId, ownerId, purpose, deletedAt } });
    });
  },
});
