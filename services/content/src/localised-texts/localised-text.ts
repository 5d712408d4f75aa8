import { withoutAccents } from '@lms/text';
import { z } from 'zod';

/** BCP 47 tag, such as `es`, `pt-BR` or `zh-Hant-TW`. */
export const languageTag = z
  .string()
  .max(35)
  .regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/i, 'must be a language tag such as es or pt-BR');

/** A text in several languages: language tag → text. */
export type LocalisedText = Record<string, string>;

/**
 * The first available of the wanted languages; a tag also matches by its language alone (`en-GB` matches `en` and vice
 * versa). Otherwise English, otherwise any available language.
 */
export function pickLanguage<T>(
  texts: Record<string, T> | null | undefined,
  wanted: readonly string[],
): T | undefined {
  const entries = Object.entries(texts ?? {});
  for (const tag of [...wanted, 'en']) {
    const exact = entries.find(([known]) => known.toLowerCase() === tag.toLowerCase());
    const near = exact ?? entries.find(([known]) => languageOf(known) === languageOf(tag));
    if (near) return near[1];
  }
  return entries[0]?.[1];
}

/** The text in the first available of the wanted languages (`pickLanguage`); '' if there is no text. */
export function pickText(text: LocalisedText | null | undefined, wanted: readonly string[]): string {
  return pickLanguage(text, wanted) ?? '';
}

/** Languages that a caller prefers, best first: the `locale` of the query, then `Accept-Language`. */
export function wantedLanguages(request: {
  query: { locale?: string | undefined };
  acceptLanguages: readonly string[];
}): string[] {
  return [...(request.query.locale ? [request.query.locale] : []), ...request.acceptLanguages];
}

/** Query of every route that returns localised texts. */
export const localeQuery = z.object({ locale: languageTag.optional() });

/** Lower case without accents, so that `tieng viet` finds `Tiếng Việt`. */
export function searchable(text: string): string {
  return withoutAccents(text.toLowerCase()).replace(/\s+/g, ' ').trim();
}

/** The language of a tag: `pt` for `pt-BR`. */
export function languageOf(tag: string): string {
  return (tag.split('-')[0] ?? tag).toLowerCase();
}
