import type { Purpose } from '../assets/asset.ts';

const megabyte = 1_000_000;

/** Accepted types, with the extension of their keys. SVG is not accepted, because it can contain scripts. */
export const audioTypes = {
  'audio/mpeg': 'mp3',
  'audio/ogg': 'ogg',
  'audio/wav': 'wav',
  'audio/webm': 'webm',
  'audio/mp4': 'm4a',
  'audio/aac': 'aac',
  'audio/flac': 'flac',
} as const;
export const imageTypes = {
  'image/png': 'png',
  'image/jpeg': 'jpg',
  'image/webp': 'webp',
  'image/avif': 'avif',
} as const;
export type AudioType = keyof typeof audioTypes;
export type FileType = AudioType | keyof typeof imageTypes;

export interface FileRule {
  types: readonly FileType[];
  /** Maximum size; the check reads the whole file into memory. */
  maxSizeBytes: number;
  /** Maximum duration of audio; null if only the size is limited. */
  maxDurationMs: number | null;
}

const audio = Object.keys(audioTypes) as FileType[];
const images = Object.keys(imageTypes) as FileType[];

/** What may be uploaded for each purpose. */
export const fileRules: Record<Purpose, FileRule> = {
  lesson_audio: { types: audio, maxSizeBytes: 20 * megabyte, maxDurationMs: null },
  lesson_image: { types: images, maxSizeBytes: 5 * megabyte, maxDurationMs: null },
  avatar: { types: images, maxSizeBytes: 2 * megabyte, maxDurationMs: null },
  recording: { types: audio, maxSizeBytes: 10 * megabyte, maxDurationMs: 5 * 60_000 },
};

export function extensionOf(type: FileType): string {
  return { ...audioTypes, ...imageTypes }[type];
}

export function isAudioType(type: FileType): type is AudioType {
  return type in audioTypes;
}
