import { z } from 'zod';
import { type Asset, purposes } from './asset.ts';

/** An asset as the API shows it. */
export const assetBody = z.object({
  assetId: z.uuid(),
  purpose: z.enum(purposes),
  lessonId: z.uuid().nullable(),
  status: z.enum(['pending', 'ready', 'rejected']),
  key: z.string(),
  contentType: z.string(),
  sizeBytes: z.int(),
  /** Duration of audio; null if the file does not state it. */
  durationMs: z.int().nullable(),
  createdAt: z.iso.datetime(),
  readyAt: z.iso.datetime().nullable(),
});

export function toAssetBody(asset: Asset): z.input<typeof assetBody> {
  return {
    assetId: asset.id,
    purpose: asset.purpose,
    lessonId: asset.lessonId,
    status: asset.status as z.input<typeof assetBody>['status'],
    key: asset.key,
    contentType: asset.contentType,
    sizeBytes: asset.sizeBytes,
    durationMs: asset.durationMs,
    createdAt: asset.createdAt.toISOString(),
    readyAt: asset.readyAt?.toISOString() ?? null,
  };
}
