/** Grave, acute, tilde, hook above and dot below. The marks of ê, ơ and ă make other letters, so they stay. */
const toneMarks = /[\u0300\u0301\u0303\u0309\u0323]/g;

/**
 * Maps the two spellings in use for some Vietnamese syllables to one, in lower case: the tone mark on either vowel
 * (hoà, hòa) and i or y after a single consonant (mĩ, mỹ). Use the result for comparison, not for display.
 */
export function canonicalVietnamese(syllable: string): string {
  const letters = syllable.normalize('NFD');
  const tones = letters.match(toneMarks)?.join('') ?? '';
  const base = letters.replace(toneMarks, '').normalize('NFC');
  return base.replace(/^([hklmst])y$/, '$1i') + tones;
}
