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
 * Removes the marks from the letters of a text: é → e, ế → e, đ → d, ß → ss. Case and letters of other scripts
 * do not change; the result is in Unicode normal form C.
 */
export function withoutAccents(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .replace(/[đĐłŁøØßẞæÆœŒ]/g, (letter) => plainLetters[letter] ?? letter)
    .normalize('NFC');
}
