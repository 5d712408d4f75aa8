import { expect, test } from '@jest/globals';
import { withoutAccents } from './without-accents.ts';

test.each([
  ['Tiếng Việt', 'Tieng Viet'],
  ['Đường đến trường', 'Duong den truong'],
  ['Łódź, Øre, Straße, GROẞ, Œuvre, Ærø', 'Lodz, Ore, Strasse, GROSS, OEuvre, AEro'],
  ['déjà vu', 'deja vu'],
  ['한국어', '한국어'],
  ['录音 в', '录音 в'],
  ['', ''],
])('%j becomes %j in any Unicode normal form', (text, plain) => {
  expect(withoutAccents(text)).toBe(plain);
  expect(withoutAccents(text.normalize('NFD'))).toBe(plain);
});
