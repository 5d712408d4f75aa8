import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'yaml';
import { sayings } from '../../seed-course/sayings.ts';

const course = join(import.meta.dirname, '../../seed-course');
const files = globSync('units/*/*.yaml', { cwd: course }).sort();
const texts = files.map((file) => readFileSync(join(course, file), 'utf8'));

describe('the seed course', () => {
  it('has every file that it names, and none that it does not', () => {
    const named = new Set(texts.flatMap((text) => text.match(/media\/[\w./-]+\.(?:mp3|webp)/g) ?? []));
    expect(named.size).toBeGreaterThan(100);
    expect([...named].filter((path) => !existsSync(join(course, path)))).toEqual([]);
    expect(globSync('media/**/*.*', { cwd: course }).filter((path) => !named.has(path))).toEqual([]);
  });

  it('has a text for every recording and a drawing for every picture', () => {
    const said = sayings(texts.map((text) => parse(text) as unknown));
    expect([...said.keys()].sort()).toEqual(globSync('media/audio/*.mp3', { cwd: course }).sort());
    const drawings = globSync('drawings/*.svg', { cwd: course });
    expect(drawings.map((file) => `media/images/${basename(file, '.svg')}.webp`).sort()).toEqual(
      globSync('media/images/*', { cwd: course }).sort(),
    );
  });

  it('is written in composed letters, as people type Vietnamese', () => {
    for (const text of texts) expect(text).toBe(text.normalize('NFC'));
  });
});

describe('sayings', () => {
  const listening = (transcript?: string) => ({
    exercises: [
      { kind: 'listening', content: { audio: 'a.mp3', slowAudio: 'b.mp3' }, solution: { transcript } },
    ],
  });

  it('reads items, dictation, listening and texts with recordings', () => {
    const lesson = {
      items: [{ text: 'Hello', audio: 'hello.mp3' }],
      exercises: [
        { kind: 'dictation', content: { audio: 'd.mp3' }, solution: { accepted: ['One.', 'Two.'] } },
        { kind: 'matching', solution: { pairs: [[{ text: 'cat', audio: 'cat.mp3' }, 'con mèo']] } },
      ],
    };
    expect(Object.fromEntries(sayings([lesson, listening('Yes.')]))).toEqual({
      'hello.mp3': 'Hello',
      'd.mp3': 'One.',
      'cat.mp3': 'cat',
      'a.mp3': 'Yes.',
      'b.mp3': 'Yes.',
    });
  });

  it('refuses a recording without a text, and one with two texts', () => {
    expect(() => sayings([listening()])).toThrow('a.mp3: the recording has no text');
    expect(() => sayings([listening('Yes.'), { items: [{ text: 'No.', audio: 'a.mp3' }] }])).toThrow(
      'a.mp3 is “Yes.” in one place and “No.” in another',
    );
  });
});
