import { notFound } from '@lms/errors';
import type { Caller } from '@lms/http';
import type { Deps } from '../deps.ts';
import { type Asset, mayRead } from './asset.ts';
import { findAsset } from './asset-store.ts';

/** Reads one asset that the caller may see. */
export async function getVisibleAsset(
  { params: { assetId }, caller }: { params: { assetId: string }; caller: Caller },
  { prisma }: Pick<Deps, 'prisma'>,
): Promise<Asset> {
  const asset = await findAsset(prisma, assetId);
  if (!asset || !mayRead(asset, caller)) throw notFound('The file');
  return asset;
}
