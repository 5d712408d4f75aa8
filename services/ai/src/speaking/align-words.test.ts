import { describe, expect, it } from '@jest/globals';
import { alignWords } from './align-words.ts';

const same = (a: string, b: string) => (a === b ? 0 : 2);
const render = (a: string, b: string) =>
  alignWords([...a], [...b], same).map(
    ({ expected, heard }) => `${expected === null ? '-' : a[expected]}${heard === null ? '-' : b[heard]}`,
  );

describe('alignment', () => {
  it('pairs equal sequences one to one', () => {
    expect(render('abc', 'abc')).toEqual(['aa', 'bb', 'cc']);
  });

  it('finds missing and extra words', () => {
    expect(render('abcd', 'acd')).toEqual(['aa', 'b-', 'cc', 'dd']);
    expect(render('acd', 'abcd')).toEqual(['aa', '-b', 'cc', 'dd']);
  });

  it('keeps every item of both sides exactly once and in order, for random sequences', () => {
    let seed = 7;
    const random = () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
      return seed / 2_147_483_648;
    };
    const word = () =>
      Array.from({ length: Math.floor(random() * 12) }, () => 'abc'[Math.floor(random() * 3)]).join('');
    for (let round = 0; round < 200; round += 1) {
      const a = word();
      const b = word();
      const pairs = alignWords([...a], [...b], same);
      expect(pairs.flatMap(({ expected }) => (expected === null ? [] : [expected]))).toEqual(
        [...a].map((_, i) => i),
      );
      expect(pairs.flatMap(({ heard }) => (heard === null ? [] : [heard]))).toEqual([...b].map((_, i) => i));
    }
  });

  it('returns only gaps when one side is empty', () => {
    expect(render('ab', '')).toEqual(['a-', 'b-']);
    expect(render('', 'ab')).toEqual(['-a', '-b']);
  });
});
