import { AppError, notFound } from '@lms/errors';
import { appendEvent } from '@lms/events';
import { defineRoute } from '@lms/http';
import { enqueueJob } from '@lms/jobs';
import { z } from 'zod';
import type { Asset, RejectReason } from '../assets/asset.ts';
import { assetBody, toAssetBody } from '../assets/asset-body.ts';
import { findAsset, markReady, markRejected } from '../assets/asset-store.ts';
import { type Deps, serviceName } from '../deps.ts';
import { type Inspection, inspectFile } from './inspect-file.ts';
import { rejection } from './rejection.ts';
import { uploadRateLimit } from './upload-settings.ts';

type CompleteUploadDeps = Pick<Deps, 'prisma' | 'objectStore' | 'inspections'>;

/**
 * Checks that the uploaded file matches its declaration and makes the asset ready, or rejects it. A repeated call
 * returns the same result; only one of several concurrent calls has an effect.
 */
export const completeUpload = defineRoute({
  method: 'post',
  path: '/media/uploads/{assetId}/complete',
  summary: 'Complete an upload, which checks the file',
  tag: 'Media',
  auth: 'user',
  input: { params: z.object({ assetId: z.uuid() }) },
  output: { status: 200, body: assetBody },
  errors: ['not_found', 'media_missing', 'upload_mismatch'],
  rateLimit: uploadRateLimit,
  timeoutMs: 30_000,
  handler: async ({ params, caller, signal }, deps: CompleteUploadDeps) => {
    const asset = await findAsset(deps.prisma, params.assetId);
    if (!asset || asset.status === 'deleted' || asset.ownerId !== caller.userId) throw notFound('The upload');
    return toAssetBody(completed(asset.status === 'pending' ? await inspected(asset, deps, signal) : asset));
  },
});

/** The asset as it is after its inspection, by this call or another. */
async function inspected(asset: Asset, deps: CompleteUploadDeps, signal: AbortSignal): Promise<Asset | null> {
  const inspection = await inspectUpload(asset, deps, signal);
  if (inspection.accepted) await becomeReady(asset, inspection.durationMs, deps);
  else await becomeRejected(asset, inspection.reason, deps);
  return findAsset(deps.prisma, asset.id);
}

async function inspectUpload(
  asset: Asset,
  { objectStore, inspections }: CompleteUploadDeps,
  signal: AbortSignal,
): Promise<Inspection> {
  const stored = await objectStore.find(asset.key);
  if (!stored) throw missing();
  if (stored.sizeBytes !== asset.sizeBytes) return { accepted: false, reason: 'size' };
  if (stored.contentType !== asset.contentType) return { accepted: false, reason: 'content_type' };
  return inspections.run(async () => {
    const file = await objectStore.read(asset.key, { maxBytes: asset.sizeBytes + 1, signal });
    if (!file) throw missing();
    return inspectFile(file, asset);
  }, signal);
}

async function becomeReady(
  asset: Asset,
  durationMs: number | null,
  { prisma }: CompleteUploadDeps,
): Promise<void> {
  const readyAt = new Date();
  await prisma.$transaction(async (tx) => {
    if (!(await markReady(tx, asset.id, { durationMs, readyAt }))) return;
    await appendEvent(tx, {
      type: 'asset.ready',
      data: {
        assetId: asset.id,
        ownerId: asset.ownerId,
        purpose: asset.purpose,
        lessonId: asset.lessonId,
        key: asset.key,
        contentType: asset.contentType,
        sizeBytes: asset.sizeBytes,
        durationMs,
        readyAt: readyAt.toISOString(),
      },
    });
  });
}

async function becomeRejected(
  asset: Asset,
  reason: RejectReason,
  { prisma }: CompleteUploadDeps,
): Promise<void> {
  await prisma.$transaction(async (tx) => {
    if (!(await markRejected(tx, asset.id, reason))) return;
    await enqueueJob(tx, serviceName, { name: 'remove_asset', payload: { assetId: asset.id } });
    await appendEvent(tx, {
      type: 'asset.rejected',
      data: {
        assetId: asset.id,
        ownerId: asset.ownerId,
        purpose: asset.purpose,
        reason,
        rejectedAt: new Date().toISOString(),
      },
    });
  });
}

function completed(asset: Asset | null): Asset {
  if (asset?.status === 'ready') return asset;
  if (asset?.status === 'rejected' && asset.rejectReason) throw rejection(asset.rejectReason);
  throw notFound('The upload');
}

function missing(): AppError {
  return new AppError(
    'media_missing',
    'The file has not been uploaded yet. Upload it, then complete the upload.',
  );
}
