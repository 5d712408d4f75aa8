import { describe, expect, it } from '@jest/globals';
import { pickText } from './localised-text.ts';
import { knownLanguages, relevantLanguages } from './relevant-languages.ts';

const texts = [
  { en: 'colour', 'en-US': 'color', vi: 'màu' },
  { 'en-US': 'gray', 'pt-BR': 'cinza', fr: 'gris' },
  { vi: 'không' },
];
const known = knownLanguages([...texts, null, undefined]);

describe('relevantLanguages', () => {
  it('leaves out languages that no text has, and writes equal wishes the same way', () => {
    expect(relevantLanguages(known, ['de', 'VI', 'vi', 'ja-JP', 'fr-CA', 'fr-CH'])).toEqual(['vi', 'fr-*']);
    expect(relevantLanguages(known, ['vi-VN', 'fr-FR'])).toEqual(
      relevantLanguages(known, ['vi-XX', 'fr-BE']),
    );
    expect(relevantLanguages(known, [])).toEqual([]);
  });

  it('picks the same texts as the list it was made from', () => {
    const tags = [
      'en',
      'en-US',
      'en-GB',
      'EN-us',
      'vi',
      'vi-VN',
      'pt',
      'pt-BR',
      'pt-PT',
      'fr',
      'de',
      'fr-CA',
    ];
    for (const first of tags)
      for (const second of tags)
        for (const text of texts) {
          const wanted = [first, second];
          expect([wanted, pickText(text, relevantLanguages(known, wanted))]).toEqual([
            wanted,
            pickText(text, wanted),
          ]);
        }
  });
});
