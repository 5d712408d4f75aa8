import { z } from 'zod';
import { languageTag } from '../localised-texts/localised-text.ts';

/** Text of a course: NFC, trimmed, not empty, at most `max` characters. */
export function courseText(max: number) {
  return z
    .string()
    .max(max * 2)
    .normalize()
    .trim()
    .min(1)
    .max(max)
    .refine((value) => !controlCharacters.test(value), 'contains control characters');
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be in a text
const controlCharacters = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;

/** The same text in up to 20 languages: language tag → text. */
export function localisedText(max: number) {
  return z
    .record(languageTag, courseText(max))
    .refine((texts) => Object.keys(texts).length > 0, 'needs a text in at least one language')
    .refine((texts) => Object.keys(texts).length <= 20, 'has more than 20 languages');
}

const folders = 'media/(?:[A-Za-z0-9][A-Za-z0-9._-]{0,99}/){0,4}[A-Za-z0-9][A-Za-z0-9._-]{0,149}';

/** Path of an audio file in the course's tree. The types are those that the media service accepts. */
export const audioPath = z
  .string()
  .regex(
    new RegExp(`^${folders}\\.(mp3|ogg|wav|webm|m4a|aac|flac)$`),
    'must be a path such as media/audio/hello.mp3',
  );

/** Path of a picture in the course's tree. */
export const imagePath = z
  .string()
  .regex(
    new RegExp(`^${folders}\\.(png|jpg|webp|avif)$`),
    'must be a path such as media/images/apple.png (png, jpg, webp or avif)',
  );

/** A file that a course names: `path` is relative to the root of its tree. */
export interface MediaReference {
  path: string;
  kind: 'audio' | 'image';
}

/** A text that an answer can be compared with; it contains at least one letter or digit. */
export const acceptedText = courseText(500).refine(
  (value) => /[\p{L}\p{N}]/u.test(value),
  'needs at least one letter or digit',
);
