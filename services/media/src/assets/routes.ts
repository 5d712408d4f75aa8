import { defineRoute } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { assetBody, toAssetBody } from './asset-body.ts';
import { deleteAsset } from './delete-asset.ts';
import { getVisibleAsset } from './get-asset.ts';
import { getAssetUrl } from './get-asset-url.ts';

const params = z.object({ assetId: z.uuid() });

export const assetRoutes = [
  defineRoute({
    method: 'get',
    path: '/media/{assetId}',
    summary: 'Read what is known of a file',
    tag: 'Media',
    auth: 'user',
    input: { params },
    output: { status: 200, body: assetBody },
    errors: ['not_found'],
    handler: async (input, deps: Pick<Deps, 'prisma'>) => toAssetBody(await getVisibleAsset(input, deps)),
  }),
  defineRoute({
    method: 'get',
    path: '/media/{assetId}/url',
    summary: 'Get a URL to read the file from',
    tag: 'Media',
    auth: 'user',
    input: { params },
    /** `expiresAt` is null for files of lessons: they are public on the CDN and never change. */
    output: { status: 200, body: z.object({ url: z.url(), expiresAt: z.iso.datetime().nullable() }) },
    errors: ['not_found', 'media_missing'],
    handler: (input, deps: Pick<Deps, 'prisma' | 'objectStore' | 'publicUrl'>) => getAssetUrl(input, deps),
  }),
  defineRoute({
    method: 'delete',
    path: '/media/{assetId}',
    summary: 'Delete a file',
    tag: 'Media',
    auth: 'user',
    input: { params },
    output: { status: 204 },
    errors: ['not_found', 'forbidden'],
    handler: (input, deps: Pick<Deps, 'prisma'>) => deleteAsset(input, deps),
  }),
];
