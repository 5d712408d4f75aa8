import { deleteAsset } from './delete-asset.ts';
import { getAsset } from './get-asset.ts';
import { getAssetUrl } from './get-asset-url.ts';

export const assetRoutes = [getAsset, getAssetUrl, deleteAsset];
