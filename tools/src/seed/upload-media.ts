import { createHash } from 'node:crypto';
import { type ApiClient, fetchPatiently } from './api-client.ts';
import { type MediaFile, readMediaFile } from './course-files.ts';

/** A path in the course without a file. */
export interface MissingMedia {
  path: string;
  kind: 'audio' | 'image';
  lessonId: string;
}

export interface AttachedFile {
  path: string;
  assetId: string;
}

interface SignedUpload {
  assetId: string;
  uploadUrl: string;
  headers: Record<string, string>;
}

/** Enough uploads to keep two processors busy. */
const atOnce = 8;
const uploadTimeoutMs = 30_000;

/** Uploads the files through signed URLs, `atOnce` at a time; returns the asset of each path. */
export async function uploadMedia(
  missing: MissingMedia[],
  { api, folder }: { api: ApiClient; folder: string },
): Promise<AttachedFile[]> {
  const waiting = [...missing];
  const done: AttachedFile[] = [];
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const file = await readMediaFile(folder, next.path);
      done.push({ path: next.path, assetId: await uploadOne(next, file, api) });
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: atOnce }, work));
  for (const worker of workers) if (worker.status === 'rejected') throw worker.reason;
  return done;
}

async function uploadOne({ path, kind, lessonId }: MissingMedia, file: MediaFile, api: ApiClient) {
  const { assetId, uploadUrl, headers } = await api.call<SignedUpload>('POST', '/media/uploads', {
    body: { purpose: `lesson_${kind}`, lessonId, ...file.facts },
    headers: { 'idempotency-key': idempotencyKey(lessonId, path) },
  });
  const stored = await fetchPatiently(`PUT ${path}`, () =>
    fetch(uploadUrl, {
      method: 'PUT',
      headers,
      body: file.bytes,
      signal: AbortSignal.timeout(uploadTimeoutMs),
    }),
  );
  const text = await stored.text();
  if (!stored.ok) throw new Error(`PUT ${path}: ${stored.status} ${text.slice(0, 300)}`);
  await api.call('POST', `/media/uploads/${assetId}/complete`);
  return assetId;
}

/** New in every run, because an upload that an earlier run started may have expired. */
const run = Date.now().toString(36);

function idempotencyKey(lessonId: string, path: string): string {
  const hash = createHash('sha256').update(`${lessonId} ${path}`).digest('hex').slice(0, 32);
  return `seed-${run}-${hash}`;
}
