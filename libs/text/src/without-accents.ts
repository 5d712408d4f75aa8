/** Letters that Unicode does not decompose into a plain letter and a mark. */
const plainLetters: Record<string, string> = {
  đ: 'd',
  Đ: 'D',
  ł: 'l',
  Ł: 'L',
  ø: 'o',
  Ø: 'O',
  ß: 'ss',
  ẞ: 'SS',
  æ: 'ae',
  Æ: 'AE',
  œ: 'oe',
  Œ: 'OE',
};

/**
 * The letters of a text without their marks: é → e, ế → e, đ → d, ß → ss. Case stays as it is, and so do
 * letters of other scripts; the result is in Unicode normal form C.
 */
export function withoutAccents(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[đĐłŁøØßẞæÆœŒ]/g, (letter) => plainLetters[letter] ?? letter)
    .normalize('NFC');
}
