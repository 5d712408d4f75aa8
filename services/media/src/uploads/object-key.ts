import { withoutAccents } from '@lms/text';
import type { Purpose } from '../assets/asset.ts';
import { extensionOf, type FileType } from './file-rules.ts';

const maxNameLength = 60;

/**
 * Key of an asset's object. The asset's id makes it unique; the name helps people who inspect the bucket; the
 * extension depends on the type, not on the file's name.
 */
export function objectKey(asset: {
  id: string;
  ownerId: string;
  purpose: Purpose;
  lessonId: string | null;
  fileName: string;
  contentType: FileType;
}): string {
  const file = `${asset.id}-${safeName(asset.fileName)}.${extensionOf(asset.contentType)}`;
  switch (asset.purpose) {
    case 'lesson_audio':
      return `lessons/${asset.lessonId}/audio/${file}`;
    case 'lesson_image':
      return `lessons/${asset.lessonId}/images/${file}`;
    case 'avatar':
      return `users/${asset.ownerId}/avatar/${file}`;
    case 'recording':
      return `users/${asset.ownerId}/recordings/${file}`;
  }
}

/** Letters, digits and dashes of a file name without its folders, extension and accents: `Xin chào!.mp3` → `xin-chao`. */
export function safeName(fileName: string): string {
  const last = fileName.split(/[/\\]/).at(-1) ?? '';
  const name = withoutAccents(last.replace(/\.[^.]*$/, '').normalize('NFKD'))
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, maxNameLength)
    .replace(/^-+|-+$/g, '');
  return name || 'file';
}
