import type { Correction } from '../../feedback/feedback.ts';
import { primaryLanguage, wordsOf } from '../../text/words.ts';

/** Words that are often doubled correctly. */
const mayRepeat = new Set(['que', 'si', 'nous', 'vous', 'sie', 'bye', 'ha', 'no', 'ja']);

/**
 * Offline checks for a text in any language, without a dictionary: a word written twice, a sentence that starts with a
 * small letter, missing punctuation at the end, and missing opening question marks in Spanish.
 */
export function structuralCorrections(text: string, languageTag: string): Correction[] {
  const language = primaryLanguage(languageTag);
  return [
    // Vietnamese and Chinese double words for a softer or stronger meaning.
    ...(['vi', 'zh', 'ja', 'th', 'id', 'ms'].includes(language) ? [] : repeatedWords(text, languageTag)),
    ...smallStarts(text),
    ...(language === 'es' ? unopenedMarks(text) : []),
    ...missingEnd(text),
  ].sort((a, b) => a.start - b.start);
}

function repeatedWords(text: string, languageTag: string): Correction[] {
  const words = wordsOf(text, languageTag);
  return words.flatMap((second, index) => {
    const first = words[index - 1];
    if (!first || first.word.toLowerCase() !== second.word.toLowerCase()) return [];
    if (mayRepeat.has(first.word.toLowerCase()) || !/^\s+$/.test(text.slice(first.end, second.start)))
      return [];
    return [
      correctionOf(text, first.start, second.end, {
        suggestion: first.word,
        message: 'This word is written twice.',
        category: 'grammar',
      }),
    ];
  });
}

function smallStarts(text: string): Correction[] {
  return [...text.matchAll(/(?:^|[.!?]\s+)["'“‘«¿¡(]*(\p{Ll})/gu)].map((match) => {
    const start = match.index + match[0].length - (match[1]?.length ?? 0);
    return correctionOf(text, start, start + (match[1]?.length ?? 0), {
      suggestion: (match[1] ?? '').toLocaleUpperCase(),
      message: 'A sentence starts with a capital letter.',
      category: 'punctuation',
    });
  });
}

function unopenedMarks(text: string): Correction[] {
  return [...text.matchAll(/[^.!?¿¡\s][^.!?¿¡]*([?!])/gu)].flatMap((match) => {
    const mark = match[1] === '?' ? '¿' : '¡';
    if (text.slice(0, match.index).trimEnd().endsWith(mark) || match[0].includes(mark)) return [];
    const first = /^\S+/u.exec(match[0])?.[0] ?? '';
    return [
      correctionOf(text, match.index, match.index + first.length, {
        suggestion: mark + first,
        message: `In Spanish this sentence starts with ${mark}.`,
        category: 'punctuation',
      }),
    ];
  });
}

function missingEnd(text: string): Correction[] {
  const trimmed = text.trimEnd();
  const last = /\S+$/u.exec(trimmed)?.[0];
  const isSentence = /\s/u.test(trimmed.trimStart());
  if (
    !last ||
    !isSentence ||
    !/[\p{L}\p{N}]$/u.test(last) ||
    /[\p{sc=Thai}\p{sc=Khmer}\p{sc=Lao}]/u.test(last)
  )
    return [];
  return [
    correctionOf(text, trimmed.length - last.length, trimmed.length, {
      suggestion: `${last}.`,
      message: 'The last sentence has no punctuation mark at the end.',
      category: 'punctuation',
    }),
  ];
}

function correctionOf(
  text: string,
  start: number,
  end: number,
  rest: Pick<Correction, 'suggestion' | 'message' | 'category'>,
): Correction {
  return { start, end, original: text.slice(start, end), ...rest };
}
