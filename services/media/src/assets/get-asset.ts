import { defineRoute } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { assetBody, toAssetBody } from './asset-body.ts';
import { getVisibleAsset } from './get-visible-asset.ts';

export const getAsset = defineRoute({
  method: 'get',
  path: '/media/{assetId}',
  summary: 'Get the metadata of a file',
  tag: 'Media',
  auth: 'user',
  input: { params: z.object({ assetId: z.uuid() }) },
  output: { status: 200, body: assetBody },
  errors: ['not_found'],
  handler: async (input, deps: Pick<Deps, 'prisma'>) => toAssetBody(await getVisibleAsset(input, deps)),
});
