/** The purpose of a file, which determines who may upload it, who may see it and where it is stored. */
export const purposes = ['lesson_audio', 'lesson_image', 'avatar', 'recording'] as const;
export type Purpose = (typeof purposes)[number];
export type LessonPurpose = Extract<Purpose, `lesson_${string}`>;

export type AssetStatus = 'pending' | 'ready' | 'rejected' | 'deleted';
export type RejectReason = 'size' | 'checksum' | 'content_type' | 'duration' | 'unreadable';

/** Owner of lesson files whose uploader's account was erased: the file belongs to the course. */
export const nobody = '00000000-0000-0000-0000-000000000000';

export interface Asset {
  id: string;
  ownerId: string;
  purpose: Purpose;
  lessonId: string | null;
  status: AssetStatus;
  key: string;
  contentType: string;
  sizeBytes: number;
  /** Base64. */
  checksumSha256: string;
  durationMs: number | null;
  rejectReason: RejectReason | null;
  uploadExpiresAt: Date;
  createdAt: Date;
  readyAt: Date | null;
}

interface Viewer {
  userId: string;
  role: 'learner' | 'editor' | 'admin';
}

export function isLessonPurpose(purpose: Purpose): purpose is LessonPurpose {
  return purpose === 'lesson_audio' || purpose === 'lesson_image';
}

/** Only owners may read personal files. Everyone may read lesson files, but until these are ready only editors may. */
export function mayRead(asset: Asset, viewer: Viewer): boolean {
  if (asset.status === 'deleted') return false;
  if (asset.ownerId === viewer.userId) return true;
  if (!isLessonPurpose(asset.purpose)) return false;
  return asset.status === 'ready' || mayEdit(viewer);
}

/** Owners can delete their personal files. Lesson files belong to the course, so any editor can delete them. */
export function mayDelete(asset: Asset, viewer: Viewer): boolean {
  if (isLessonPurpose(asset.purpose)) return mayEdit(viewer);
  return asset.ownerId === viewer.userId;
}

/** True if the role may add and remove lesson files. */
export function mayEdit(viewer: Viewer): boolean {
  return viewer.role === 'editor' || viewer.role === 'admin';
}
