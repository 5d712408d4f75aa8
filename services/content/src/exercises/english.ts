/**
 * Every reading of an English text as a list of lower-case words. Contractions are expanded (I'm → i am;
 * he's → he is, he has), so that both forms of an answer are equal. At most 8 readings.
 */
export function englishForms(text: string): string[][] {
  const tokens = text
    .replace(/[’‘`´ʼ′]/g, "'")
    .split(/[^\p{L}\p{M}\p{N}']+/u)
    .map((token) => token.replace(/^'+|'+$/g, ''))
    .filter(Boolean);
  let forms: string[][] = [[]];
  for (const token of tokens) {
    const readings = forms.length < 8 ? readingsOf(token) : readingsOf(token).slice(0, 1);
    forms = forms.flatMap((form) => readings.map((reading) => [...form, ...reading])).slice(0, 8);
  }
  return forms;
}

/** True if one word is often mistaken for the other, which is a mistake however similar they are. */
export function isConfusable(a: string, b: string): boolean {
  return confusables.some((words) => words.includes(a) && words.includes(b));
}

function readingsOf(token: string): string[][] {
  const whole = wholeWords[token];
  if (whole) return [whole.split(' ')];
  const [stem = '', ending = ''] = splitAtLast(token, "'");
  if (!ending) return [[britishSpelling(token)]];
  if (ending === 't' && stem.endsWith('n')) return [[negated(stem), 'not']];
  if (ending === 'm') return [[stem, 'am']];
  if (ending === 're') return [[stem, 'are']];
  if (ending === 've') return [[stem, 'have']];
  if (ending === 'll') return [[stem, 'will']];
  if (ending === 'd')
    return [
      [stem, 'would'],
      [stem, 'had'],
    ];
  if (ending === 's' && pronouns.has(stem))
    return [
      [stem, 'is'],
      [stem, 'has'],
    ];
  // “Lan's book” is a possessive; “Lan's here” is a contraction.
  if (ending === 's') return [[britishSpelling(stem + ending)], [britishSpelling(stem), 'is']];
  return [[britishSpelling(token.replaceAll("'", ''))]];
}

function splitAtLast(text: string, mark: string): [string, string] | [] {
  const at = text.lastIndexOf(mark);
  return at < 0 ? [] : [text.slice(0, at), text.slice(at + 1)];
}

function negated(stem: string): string {
  return { wo: 'will', ca: 'can', sha: 'shall' }[stem.slice(0, -1)] ?? stem.slice(0, -1);
}

function britishSpelling(word: string): string {
  return british[word] ?? word;
}

const pronouns = new Set(
  'it he she that this there here what where when who how why everything everyone somebody nobody'.split(' '),
);

/** Words that are read as others; forms without an apostrophe only where they are not another word. */
const wholeWords: Record<string, string> = {
  "let's": 'let us',
  lets: 'let us',
  cannot: 'can not',
  cant: 'can not',
  dont: 'do not',
  doesnt: 'does not',
  didnt: 'did not',
  isnt: 'is not',
  arent: 'are not',
  wasnt: 'was not',
  werent: 'were not',
  couldnt: 'could not',
  wouldnt: 'would not',
  shouldnt: 'should not',
  hasnt: 'has not',
  havent: 'have not',
  hadnt: 'had not',
  im: 'i am',
  ive: 'i have',
  youre: 'you are',
  youve: 'you have',
  theyre: 'they are',
  theyve: 'they have',
  hes: 'he is',
  shes: 'she is',
  thats: 'that is',
  whats: 'what is',
  wheres: 'where is',
  ok: 'okay',
  mum: 'mom',
};

const british: Record<string, string> = {
  color: 'colour',
  colors: 'colours',
  favorite: 'favourite',
  favorites: 'favourites',
  neighbor: 'neighbour',
  neighbors: 'neighbours',
  center: 'centre',
  theater: 'theatre',
  gray: 'grey',
  meter: 'metre',
  meters: 'metres',
  kilometer: 'kilometre',
  kilometers: 'kilometres',
  liter: 'litre',
  liters: 'litres',
  apologize: 'apologise',
  traveling: 'travelling',
  traveler: 'traveller',
  pajamas: 'pyjamas',
};

const confusables = [
  ['woman', 'women'],
  ['where', 'were'],
  ['there', 'these', 'three', 'their'],
  ['house', 'horse', 'hose'],
  ['bread', 'breed', 'broad'],
  ['quiet', 'quite'],
  ['angel', 'angle'],
  ['desert', 'dessert'],
  ['bought', 'brought'],
  ['thirty', 'thirsty'],
  ['weather', 'whether'],
  ['shirt', 'short', 'skirt'],
  ['plane', 'plate', 'place'],
  ['clock', 'click'],
  ['clean', 'clan'],
  ['drink', 'drank', 'drunk'],
  ['think', 'thing', 'thank'],
  ['began', 'begin', 'begun'],
  ['spend', 'speed', 'spelled'],
  ['though', 'through', 'thought', 'tough'],
  ['letter', 'later', 'latter'],
  ['brother', 'bother'],
  ['price', 'prize', 'pride'],
  ['beach', 'bench', 'beech'],
];
