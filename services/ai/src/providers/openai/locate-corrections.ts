import type { Correction } from '../../feedback/feedback.ts';
import type { WritingAnswer } from './writing-prompt.ts';

const longestMessageChars = 500;

/**
 * Finds each correction's passage in the text, from left to right. A passage that is not in the text word
 * for word was invented by the model, so its correction is dropped. So are corrections that change nothing or overlap.
 */
export function locateCorrections(text: string, found: WritingAnswer['corrections']): Correction[] {
  const located: Correction[] = [];
  let from = 0;
  for (const { original, suggestion, message, category } of found) {
    if (original === '' || original === suggestion) continue;
    const start = findFree(text, original, from, located);
    if (start === null) continue;
    const end = start + original.length;
    located.push({
      start,
      end,
      original,
      suggestion,
      message: message.slice(0, longestMessageChars),
      category,
    });
    from = end;
  }
  return located.sort((a, b) => a.start - b.start);
}

/** First free occurrence at or after `from`, or else before it, because models do not always keep the order. */
function findFree(text: string, passage: string, from: number, taken: readonly Correction[]): number | null {
  const places: number[] = [];
  for (let at = text.indexOf(passage); at !== -1; at = text.indexOf(passage, at + 1)) {
    const isFree = !taken.some((other) => at < other.end && other.start < at + passage.length);
    if (isFree && isWhole(text, at, at + passage.length)) places.push(at);
  }
  return places.find((place) => place >= from) ?? places[0] ?? null;
}

/** True if the passage starts and ends at word boundaries: "he" must not match in "the". */
function isWhole(text: string, start: number, end: number): boolean {
  const isLetter = (char: string | undefined) => char !== undefined && /[\p{L}\p{N}]/u.test(char);
  const hasSpaces = !/[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}]/u.test(text.slice(start, end));
  if (!hasSpaces) return true;
  return !(
    (isLetter(text[start]) && isLetter(text[start - 1])) ||
    (isLetter(text[end - 1]) && isLetter(text[end]))
  );
}
