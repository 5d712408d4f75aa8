import { defineRoute } from '@lms/http';
import { z } from 'zod';
import type { Purpose } from '../assets/asset.ts';
import { assetBody, toAssetBody } from '../assets/asset-body.ts';
import type { Deps } from '../deps.ts';
import { completeUpload } from './complete-upload.ts';
import { createUpload } from './create-upload.ts';
import { fileRules } from './file-rules.ts';

/** An editor who fills a course uploads hundreds of files in a row. */
const uploadRateLimit = { name: 'media-uploads', limit: 1_200, windowSeconds: 60 };

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
  /** To be sent exactly as given; HTTP clients set content-length by themselves. */
  headers: z.record(z.string(), z.string()),
  expiresAt: z.iso.datetime(),
});

export const uploadRoutes = [
  defineRoute({
    method: 'post',
    path: '/media/uploads',
    summary: 'Begin an upload: get a signed URL to PUT the file to',
    tag: 'Media',
    auth: 'user',
    input: { body: newUpload },
    output: { status: 201, body: signedUpload },
    errors: [
      'forbidden',
      'quota_exceeded',
      'upload_expired',
      'idempotency_key_reused',
      'request_in_progress',
    ],
    rateLimit: uploadRateLimit,
    bodyLimitBytes: 4_096,
    handler: (input, deps: Pick<Deps, 'prisma' | 'objectStore' | 'uploads'>) => createUpload(input, deps),
  }),
  defineRoute({
    method: 'post',
    path: '/media/uploads/{assetId}/complete',
    summary: 'Complete an upload: the file is checked and becomes an asset',
    tag: 'Media',
    auth: 'user',
    input: { params: z.object({ assetId: z.uuid() }) },
    output: { status: 200, body: assetBody },
    errors: ['not_found', 'media_missing', 'upload_mismatch'],
    rateLimit: uploadRateLimit,
    timeoutMs: 30_000,
    handler: async (input, deps: Pick<Deps, 'prisma' | 'objectStore' | 'inspections'>) =>
      toAssetBody(await completeUpload(input, deps)),
  }),
];
