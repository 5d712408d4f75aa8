import { describe, expect, test } from '@jest/globals';
import { displayName, emailAddress, locale, timeZone } from './user.ts';

describe('an address', () => {
  test.each([
    ['  Ngoc.Tran@Example.COM ', 'ngoc.tran@example.com'],
    ['user+tag@example.com', 'user+tag@example.com'],
    ['user@bücher.example', 'user@xn--bcher-kva.example'],
  ])('%s is %s', (typed, normal) => {
    expect(emailAddress.parse(typed)).toBe(normal);
  });

  test.each([
    '',
    'nobody',
    'a@b',
    '@example.com',
    'a@@example.com',
    'a b@example.com',
    'a@example.com\nx',
    'a@b\u00fc\ncher.example',
    'a@ex%61mple.com',
  ])('%j is not an address', (typed) => {
    expect(emailAddress.safeParse(typed).success).toBe(false);
  });

  test('has at most 254 characters', () => {
    expect(emailAddress.safeParse(`${'a'.repeat(250)}@example.com`).success).toBe(false);
  });
});

describe('a profile', () => {
  test('has a name on one line in Unicode normal form', () => {
    expect(displayName.parse(' Ngo\u0323c ')).toBe('Ng\u1ecdc');
    for (const name of ['', '   ', 'a\nb', 'a\u202eb', 'x'.repeat(81)])
      expect(displayName.safeParse(name).success).toBe(false);
  });

  test('has a language in canonical form', () => {
    expect(locale.parse('EN-gb')).toBe('en-GB');
    expect(locale.safeParse('not a language').success).toBe(false);
  });

  test('has a time zone that exists', () => {
    expect(timeZone.parse('Asia/Ho_Chi_Minh')).toBe('Asia/Ho_Chi_Minh');
    for (const name of ['Asia/Nowhere', '+07:00', '']) expect(timeZone.safeParse(name).success).toBe(false);
  });
});
