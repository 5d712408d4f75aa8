import { describe, expect, it } from '@jest/globals';
import { maxTextFileBytes, readYaml } from './read-yaml.ts';

const read = (text: string, options = {}) => readYaml('a.yaml', Buffer.from(text), options);
const problemOf = (text: string | Uint8Array) => {
  const result = readYaml('a.yaml', Buffer.from(text as string));
  return result.ok ? undefined : result.errors[0];
};

describe('readYaml', () => {
  it('finds the line of a value, or of its nearest existing parent', () => {
    const yaml = read('title: A\nlist:\n  - name: x\n  - name: y\n');
    if (!yaml.ok) throw new Error('not read');
    expect(yaml.lineOf(['list', 1, 'name'])).toBe(4);
    expect(yaml.lineOf(['list', 1, 'missing'])).toBe(4);
    expect(yaml.lineOf(['missing'])).toBeNull();
  });

  it('returns every scalar as text with textOnly', () => {
    const yaml = read('Word: no\nNumber: 007\nWord: yes\n', { textOnly: true });
    expect(yaml.ok && yaml.value).toEqual({ Word: 'yes', Number: '007' });
    expect(problemOf('a: 1\na: 2\n')).toMatchObject({ line: 2, message: expect.stringContaining('unique') });
  });

  it('refuses aliases, deep nesting and large files', () => {
    const laughs = `a: &a [x, x]\n${'bcdefgh'.replace(/./g, (name, at: number) => `${name}: &${name} [${`*${'abcdefgh'[at]}, `.repeat(9)}]\n`)}`;
    expect(problemOf(laughs)?.message).toContain('aliases');
    expect(problemOf('[ '.repeat(100_000))?.message).toMatch(/nests too deeply|valid YAML/);
    expect(problemOf(new Uint8Array(maxTextFileBytes + 1))?.message).toContain('is larger than');
  });

  it('names the line of invalid YAML, and refuses bytes that are not text', () => {
    expect(problemOf('a: 1\nb: [1\n')).toMatchObject({ file: 'a.yaml', line: expect.any(Number) });
    expect(problemOf(Uint8Array.of(0x61, 0xff, 0xfe))).toMatchObject({ message: 'is not UTF-8 text' });
  });
});
