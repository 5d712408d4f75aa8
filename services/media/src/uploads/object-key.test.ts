import { expect, test } from '@jest/globals';
import { safeName } from './object-key.ts';

test.each([
  ['Xin chào!.mp3', 'xin-chao'],
  ['Đường phố.PNG', 'duong-pho'],
  ['../../users/other/avatar/x.png', 'x'],
  ['..\\..\\windows\\system32.dll', 'system32'],
  ['a/b\0c.mp3', 'b-c'],
  ['%2e%2e%2fetc.mp3', '2e-2e-2fetc'],
  ['.mp3', 'file'],
  ['录音.m4a', 'file'],
  ['   ', 'file'],
  ['no-extension', 'no-extension'],
  [`${'long '.repeat(60)}.wav`, 'long-long-long-long-long-long-long-long-long-long-long-long'],
])('%j becomes %j', (fileName, expected) => {
  expect(safeName(fileName)).toBe(expected);
});
