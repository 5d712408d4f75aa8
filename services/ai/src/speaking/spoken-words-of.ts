import { primaryLanguage, wordsOf } from '../text/words.ts';

/** English number words, because recognisers may write figures where the text has words, and vice versa. */
const englishNumbers = [
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen',
  'seventeen eighteen nineteen twenty',
]
  .join(' ')
  .split(' ');

/** Words of a text in the form used to compare speech: no punctuation, lower case, one form of the apostrophe. */
export function spokenWordsOf(text: string, languageTag: string): { word: string; sound: string }[] {
  return wordsOf(text.normalize('NFC').replace(/[’‘ʼ`´]/g, "'"), languageTag).map(({ word }) => ({
    word,
    sound: soundOf(word, languageTag),
  }));
}

/** Keeps diacritics, because in Vietnamese and many other languages they change the sound. */
function soundOf(word: string, languageTag: string): string {
  const plain = word.toLocaleLowerCase().replaceAll("'", '');
  if (primaryLanguage(languageTag) !== 'en' || !/^\d{1,2}$/.test(plain)) return plain;
  return englishNumbers[Number(plain)] ?? plain;
}
