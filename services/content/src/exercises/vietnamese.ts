/** Grave, acute, tilde, hook above, dot below. Not every mark: those of ê, ơ or ă make another letter, and stay. */
const toneMarks = /[\u0300\u0301\u0303\u0309\u0323]/g;

/**
 * One spelling for a Vietnamese syllable, lower case, where two are in use: the tone mark on either vowel
 * (hoà, hòa) and i or y after a single consonant (mĩ, mỹ). The result is for comparing, not for showing.
 */
export function canonicalVietnamese(syllable: string): string {
  const letters = syllable.normalize('NFD');
  const tones = letters.match(toneMarks)?.join('') ?? '';
  const base = letters.replace(toneMarks, '').normalize('NFC');
  return base.replace(/^([hklmst])y$/, '$1i') + tones;
}
