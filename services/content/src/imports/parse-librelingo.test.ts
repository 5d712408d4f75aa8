import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { parseCourse } from './parse-course.ts';

const encode = (text: string) => new TextEncoder().encode(text);
const audio = createHash('sha256').update('spanish|el perro').digest('hex');
const course = `Course:
  Language: { Name: Spanish, IETF BCP 47: es }
  For speakers of: { Name: English, IETF BCP 47: en }
  License: { Name: Creative Commons, Short name: CC BY-SA 4.0, Link: "javascript:alert(1)" }
  Repository: https://github.com/kantord/LibreLingo/
  Special characters: [ñ, á]
Modules: [basics/]
`;
const module_ = 'Module: { Name: Basics }\nSkills: [animals.yaml]\n';
const skill = `Skill:
  Name: Animals
  Id: 42
  Thumbnails: [dog1, cat]
New words:
  - { Word: el perro, Synonyms: [el can], Translation: the dog, Also accepted: [the hound], Images: [dog1, dog2, dog3] }
  - { Word: el gato, Translation: the cat }
Phrases:
  - { Phrase: El perro no come, Alternative versions: [No come el perro], Translation: The dog does not eat }
Mini-dictionary:
  Spanish:
    - come: eats
  English:
    - eat: come
`;
const files = (changes: Record<string, string> = {}) =>
  new Map(
    Object.entries({
      'course.yaml': course,
      'basics/module.yaml': module_,
      'basics/skills/animals.yaml': skill,
      'basics/skills/animals.md': 'Dogs <script>alert(1)</script>and [cats](javascript:alert(1))',
      ...changes,
    }).map(([path, text]) => [path, encode(text)]),
  );

describe('a LibreLingo course', () => {
  it('becomes units, lessons, items and exercises with stable keys', async () => {
    const parsed = await parseCourse(files({ [`media/audio/${audio}.mp3`]: '' }));
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
    const { draft } = parsed;
    expect(draft).toMatchObject({
      sourceKey: 'librelingo:github.com/kantord/LibreLingo',
      slug: 'spanish-from-english',
      language: 'es',
      forLanguage: 'en',
      specialCharacters: ['ñ', 'á'],
      license: { name: 'CC BY-SA 4.0' },
      units: [{ sourceKey: 'module:basics', title: { en: 'Basics' } }],
    });
    // Only web links are kept.
    expect(draft.license?.url).toBeUndefined();
    const lesson = draft.units[0]?.lessons[0];
    expect(lesson).toMatchObject({ sourceKey: 'skill:42', title: { en: 'Animals' } });
    expect(lesson?.notes?.en).toBe('Dogs alert(1)and [cats](#))');
    expect(lesson?.items[0]).toMatchObject({
      text: 'el perro',
      synonyms: ['el can'],
      translations: { en: ['the dog', 'the hound'] },
      audio: `media/audio/${audio}.mp3`,
    });
    const kinds = new Set(lesson?.exercises.map(({ exercise }) => exercise.kind));
    expect([...kinds].sort()).toEqual(
      expect.arrayContaining(['dictation', 'listening', 'mcq', 'reorder', 'translation']),
    );
    const keys = lesson?.exercises.map(({ sourceKey }) => sourceKey) ?? [];
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('has no listening exercises without recordings', async () => {
    const parsed = await parseCourse(files());
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
    const kinds = parsed.draft.units[0]?.lessons[0]?.exercises.map(({ exercise }) => exercise.kind);
    expect(kinds).not.toContain('listening');
    expect(kinds).not.toContain('dictation');
  });

  it('keeps its keys when a skill moves to another module', async () => {
    const keysOf = async (of: ReturnType<typeof files>) => {
      const parsed = await parseCourse(of);
      if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
      return parsed.draft.units.flatMap(({ lessons }) =>
        lessons.flatMap(({ sourceKey, exercises }) => [
          sourceKey,
          ...exercises.map((each) => each.sourceKey),
        ]),
      );
    };
    const moved = new Map([...files()].map(([path, bytes]) => [path.replace('basics/', 'zoo/'), bytes]));
    moved.set('course.yaml', encode(course.replace('basics/', 'zoo/')));
    expect(await keysOf(moved)).toEqual(await keysOf(files()));
  });

  it.each([
    [
      'a skill that does not exist',
      { 'basics/module.yaml': 'Module: { Name: B }\nSkills: [lions.yaml]\n' },
      'basics/skills/lions.yaml',
      '',
    ],
    [
      'a word without translation',
      { 'basics/skills/animals.yaml': skill.replace(', Translation: the cat', '') },
      'basics/skills/animals.yaml',
      'New words.1',
    ],
    [
      'a language without tag',
      { 'course.yaml': course.replace('IETF BCP 47: es', 'Code: es') },
      'course.yaml',
      'Course.Language',
    ],
  ])('is refused with %s', async (_what, changes, file, path) => {
    const parsed = await parseCourse(files(changes as Record<string, string>));
    if (parsed.ok) throw new Error('it was read');
    expect(parsed.errors).toContainEqual(
      expect.objectContaining({ file, path: expect.stringMatching(new RegExp(`^${path}`)) }),
    );
  });
});
