import { AppError } from '@lms/errors';
import { type Caller, defineRoute } from '@lms/http';
import { runIdempotently } from '@lms/postgres';
import { v7 as uuidv7 } from 'uuid';
import { z } from 'zod';
import { isLessonPurpose, mayEdit, type Purpose } from '../assets/asset.ts';
import { findAsset, insertAsset, lockUser, sumPending } from '../assets/asset-store.ts';
import type { Deps, Tx } from '../deps.ts';
import { findErasure } from '../erasures/erasure-store.ts';
import { checkQuota } from './check-quota.ts';
import { addPersonalUpload } from './daily-uploads-store.ts';
import { fileRules } from './file-rules.ts';
import { objectKey } from './object-key.ts';
import { uploadRateLimit } from './upload-settings.ts';

const newUpload = z.discriminatedUnion('purpose', [
  z.strictObject({ purpose: z.literal('lesson_audio'), lessonId: z.uuid(), ...fileOf('lesson_audio') }),
  z.strictObject({ purpose: z.literal('lesson_image'), lessonId: z.uuid(), ...fileOf('lesson_image') }),
  z.strictObject({ purpose: z.literal('avatar'), ...fileOf('avatar') }),
  z.strictObject({ purpose: z.literal('recording'), ...fileOf('recording') }),
]);

function fileOf(purpose: Purpose) {
  const { types, maxSizeBytes } = fileRules[purpose];
  return {
    fileName: z.string().min(1).max(255),
    contentType: z.enum(types),
    sizeBytes: z.int().min(1).max(maxSizeBytes),
    checksumSha256: z
      .string()
      .regex(/^[A-Za-z0-9+/]{43}=$/, 'must be a SHA-256 checksum in base64 (44 characters)'),
  };
}

const signedUpload = z.object({
  assetId: z.uuid(),
  key: z.string(),
  uploadUrl: z.url(),
  method: z.literal('PUT'),
  /** Headers to send exactly as given; HTTP clients set content-length themselves. */
  headers: z.record(z.string(), z.string()),
  expiresAt: z.iso.datetime(),
});

type CreateUploadDeps = Pick<Deps, 'prisma' | 'objectStore' | 'uploads'>;

/**
 * Reserves a key and signs an upload URL for it. A retry with the same Idempotency-Key returns the same asset and a
 * new signature for the remaining time, because signed URLs are never stored.
 */
export const createUpload = defineRoute({
  method: 'post',
  path: '/media/uploads',
  summary: 'Start an upload and get a signed URL to PUT the file to',
  tag: 'Media',
  auth: 'user',
  input: { body: newUpload },
  output: { status: 201, body: signedUpload },
  errors: ['forbidden', 'quota_exceeded', 'upload_expired', 'idempotency_key_reused', 'request_in_progress'],
  rateLimit: uploadRateLimit,
  bodyLimitBytes: 4_096,
  handler: async (input, deps: CreateUploadDeps) => {
    const { body, caller, idempotencyKey, requestHash } = input;
    if (isLessonPurpose(body.purpose) && !mayEdit(caller))
      throw new AppError('forbidden', 'Only editors can upload lesson files.');

    const scope = `${caller.userId} POST /media/uploads`;
    const { assetId } = await deps.prisma.$transaction((tx) =>
      runIdempotently(tx, { scope, key: idempotencyKey, requestHash }, () => reserve(tx, input, deps)),
    );

    const asset = await findAsset(deps.prisma, assetId);
    const expiresInSeconds = asset ? Math.floor((asset.uploadExpiresAt.getTime() - Date.now()) / 1_000) : 0;
    if (!asset || asset.status === 'deleted' || expiresInSeconds < 1)
      throw new AppError('upload_expired', 'This upload has expired. Start a new one.');
    const { key, contentType, sizeBytes } = asset;
    const signed = await deps.objectStore.signUpload({ key, contentType, sizeBytes, expiresInSeconds });
    return {
      assetId,
      key,
      uploadUrl: signed.url,
      method: signed.method,
      headers: signed.headers,
      expiresAt: signed.expiresAt.toISOString(),
    };
  },
});

async function reserve(
  tx: Tx,
  { body, caller }: { body: z.infer<typeof newUpload>; caller: Caller },
  { uploads }: CreateUploadDeps,
): Promise<{ assetId: string }> {
  const now = new Date();
  const { userId } = caller;
  await lockUser(tx, userId);
  if (await findErasure(tx, userId)) throw new AppError('session_revoked', 'This account is being deleted.');

  const isPersonal = !isLessonPurpose(body.purpose);
  const personal = isPersonal
    ? await addPersonalUpload(tx, { userId, now, sizeBytes: body.sizeBytes })
    : { personalFiles: 0, personalBytes: 0 };
  checkQuota(uploads.quota, { ...(await sumPending(tx, userId, now)), ...personal }, body.sizeBytes);

  const { purpose, contentType, sizeBytes, checksumSha256 } = body;
  const facts = {
    id: uuidv7(),
    ownerId: userId,
    purpose,
    lessonId: 'lessonId' in body ? body.lessonId : null,
  };
  await insertAsset(tx, {
    ...facts,
    key: objectKey({ ...facts, fileName: body.fileName, contentType }),
    contentType,
    sizeBytes,
    checksumSha256,
    uploadExpiresAt: new Date(now.getTime() + uploads.urlSeconds * 1_000),
  });
  return { assetId: facts.id };
}
