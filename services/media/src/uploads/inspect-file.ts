import { createHash } from 'node:crypto';
import { fileTypeFromBuffer } from 'file-type';
import { parseBuffer } from 'music-metadata';
import type { Asset, RejectReason } from '../assets/asset.ts';
import { type AudioType, type FileType, fileRules, isAudioType } from './file-rules.ts';

/** A file that matches its declaration, or the first difference. */
export type Inspection =
  | { accepted: true; durationMs: number | null }
  | { accepted: false; reason: RejectReason };

/**
 * The declared types that the bytes may have. The containers of WebM and MP4 look the same with and without video;
 * `inspectAudio` refuses those with video.
 */
const declaredTypesOf: Record<string, FileType> = {
  'audio/mpeg': 'audio/mpeg',
  'audio/ogg': 'audio/ogg',
  'audio/ogg; codecs=opus': 'audio/ogg',
  'audio/wav': 'audio/wav',
  'video/webm': 'audio/webm',
  'audio/mp4': 'audio/mp4',
  'audio/x-m4a': 'audio/mp4',
  'video/mp4': 'audio/mp4',
  'audio/aac': 'audio/aac',
  'audio/flac': 'audio/flac',
  'image/png': 'image/png',
  'image/jpeg': 'image/jpeg',
  'image/webp': 'image/webp',
  'image/avif': 'image/avif',
};

/**
 * Compares a file with the declaration of its upload: bytes by checksum, type by its first bytes, audio by its
 * headers. Images are never decoded, so a small file that would decode to a huge image does no harm.
 */
export async function inspectFile(
  file: Buffer,
  declared: Pick<Asset, 'purpose' | 'contentType' | 'sizeBytes' | 'checksumSha256'>,
): Promise<Inspection> {
  if (file.length !== declared.sizeBytes) return reject('size');
  if (createHash('sha256').update(file).digest('base64') !== declared.checksumSha256)
    return reject('checksum');
  const contentType = declared.contentType as FileType;
  const real = await fileTypeFromBuffer(file).catch(() => undefined);
  if (!real || declaredTypesOf[real.mime] !== contentType) return reject('content_type');
  if (!isAudioType(contentType)) return { accepted: true, durationMs: null };
  return inspectAudio(file, contentType, fileRules[declared.purpose].maxDurationMs);
}

async function inspectAudio(
  file: Buffer,
  mimeType: AudioType,
  maxDurationMs: number | null,
): Promise<Inspection> {
  const format = await readFormat(file, mimeType);
  if (!format) return reject('unreadable');
  if (format.hasVideo) return reject('content_type');
  if (format.hasAudio === false) return reject('unreadable');
  // Browsers record WebM as a live stream, without a duration; the limit on the size remains.
  if (format.duration === undefined && mimeType !== 'audio/webm') return reject('unreadable');
  const durationMs = format.duration === undefined ? null : Math.round(format.duration * 1_000);
  if (maxDurationMs !== null && durationMs !== null && durationMs > maxDurationMs + 1_000)
    return reject('duration');
  return { accepted: true, durationMs };
}

/** Parses the header first, and the whole file only if the header does not state the duration. */
async function readFormat(file: Buffer, mimeType: AudioType) {
  for (const duration of [false, true]) {
    const metadata = await parseBuffer(
      file,
      { mimeType, size: file.length },
      { duration, skipCovers: true, skipPostHeaders: true },
    ).catch(() => null);
    if (!metadata) return null;
    if (metadata.format.duration !== undefined || duration) return metadata.format;
  }
  return null;
}

function reject(reason: RejectReason): Inspection {
  return { accepted: false, reason };
}
