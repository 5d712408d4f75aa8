import { primaryLanguage, wordsOf } from '../text/words.ts';

/** English number words; recognisers write figures where the text has words, and the other way round. */
const englishNumbers = [
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen',
  'seventeen eighteen nineteen twenty',
]
  .join(' ')
  .split(' ');

/** Words of a text as they are compared in speech: no punctuation, no case, one form of each apostrophe. */
export function spokenWordsOf(text: string, languageTag: string): { word: string; sound: string }[] {
  return wordsOf(text.normalize('NFC').replace(/[’‘ʼ`´]/g, "'"), languageTag).map(({ word }) => ({
    word,
    sound: soundOf(word, languageTag),
  }));
}

/** Marks stay: in Vietnamese and many others they are what is heard. */
function soundOf(word: string, languageTag: string): string {
  const plain = word.toLocaleLowerCase().replaceAll("'", '');
  if (primaryLanguage(languageTag) !== 'en' || !/^\d{1,2}$/.test(plain)) return plain;
  return englishNumbers[Number(plain)] ?? plain;
}
