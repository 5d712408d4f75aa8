import { describe, expect, it } from '@jest/globals';
import { pickText, searchable, wantedLanguages } from './localised-text.ts';

const title = { en: 'Animals', vi: 'Động vật', 'pt-BR': 'Animais' };

describe('pickText', () => {
  it('prefers the first available of the wanted languages', () => {
    expect(pickText(title, ['fr', 'vi', 'en'])).toBe('Động vật');
  });
  it('matches a region to its language and vice versa', () => {
    expect(pickText(title, ['vi-VN'])).toBe('Động vật');
    expect(pickText(title, ['pt'])).toBe('Animais');
  });
  it('falls back to English, then to any language, then to an empty text', () => {
    expect(pickText(title, ['ja'])).toBe('Animals');
    expect(pickText({ vi: 'Động vật' }, ['ja'])).toBe('Động vật');
    expect(pickText(null, ['ja'])).toBe('');
  });
});

it('puts the locale of the query before Accept-Language', () => {
  expect(wantedLanguages({ query: { locale: 'vi' }, acceptLanguages: ['en'] })).toEqual(['vi', 'en']);
});

it('makes text searchable without accents and case', () => {
  expect(searchable('  Tiếng   Anh cho người Việt Đà Nẵng')).toBe('tieng anh cho nguoi viet da nang');
});
