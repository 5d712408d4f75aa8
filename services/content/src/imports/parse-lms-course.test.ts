import { describe, expect, it } from '@jest/globals';
import { hashDraft } from '../courses/course-draft.ts';
import { sampleCourse } from '../testing/sample-course.ts';
import { parseCourse } from './parse-course.ts';
import { writeCourse } from './write-course.ts';

const filesOf = (files: Record<string, string>) =>
  new Map(Object.entries(files).map(([path, text]) => [path, new TextEncoder().encode(text)]));
const courseYaml = `format: lms-course/v1
id: tiny
slug: tiny
language: en
forLanguage: vi
title: { en: Tiny }
description: { en: A tiny course }
units: [one]
`;
const unitYaml = 'title: { en: One }\nlessons: [a]\n';
const lessonYaml = `title: { en: A }
items:
  - { key: tea, text: Tea, translations: { vi: trà } }
exercises:
  - { key: x, kind: translation, content: { text: Trà }, solution: { accepted: [Tea] }, items: [tea] }
`;
const tiny = { 'course.yaml': courseYaml, 'units/one/unit.yaml': unitYaml, 'units/one/a.yaml': lessonYaml };
const errorsOf = async (files: Record<string, string>) => {
  const parsed = await parseCourse(filesOf(files));
  return parsed.ok
    ? []
    : parsed.errors.map(({ file, path, line, message }) => `${file}:${line ?? ''} ${path} ${message}`);
};

describe('a course in our own format', () => {
  it('gets keys from its files, and defaults for optional fields', async () => {
    const parsed = await parseCourse(filesOf(tiny));
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
    const lesson = parsed.draft.units[0]?.lessons[0];
    expect(parsed.draft).toMatchObject({ sourceKey: 'lms:tiny', units: [{ sourceKey: 'one' }] });
    expect(lesson).toMatchObject({
      sourceKey: 'one/a',
      items: [{ sourceKey: 'tea', translations: { vi: ['trà'] } }],
    });
    expect(lesson?.exercises[0]).toMatchObject({
      sourceKey: 'one/a/x',
      exercise: { content: { from: 'vi', to: 'en' }, prompt: { en: 'Translate into English.' } },
    });
  });

  it.each([
    ['no unit file', { 'units/one/unit.yaml': undefined }, 'units/one/unit.yaml:  is missing'],
    [
      'a lesson that no unit lists',
      { 'units/one/b.yaml': lessonYaml },
      'units/one/b.yaml:  is not listed in its course or unit',
    ],
    [
      'a unit twice',
      { 'course.yaml': courseYaml.replace('[one]', '[one, one]') },
      'course.yaml:8 units.1 one is listed twice',
    ],
    ['an unknown field', { 'units/one/unit.yaml': `${unitYaml}colour: red\n` }, 'units/one/unit.yaml: '],
    [
      'an item that does not exist',
      { 'units/one/a.yaml': lessonYaml.replace('items: [tea]', 'items: [milk]') },
      'units/one/a.yaml:5 exercises.0.items.0 there is no item milk',
    ],
    [
      'a bad key',
      { 'units/one/a.yaml': lessonYaml.replace('key: x', 'key: "no good"') },
      'units/one/a.yaml:5 exercises.0.key ',
    ],
    [
      'an unknown kind',
      { 'units/one/a.yaml': lessonYaml.replace('kind: translation', 'kind: dance') },
      'units/one/a.yaml:5 exercises.0.kind ',
    ],
    [
      'media outside of media/',
      { 'units/one/a.yaml': lessonYaml.replace('translations', 'audio: ../a.mp3, translations') },
      'units/one/a.yaml:3 items.0.audio must be a path such as media/audio/hello.mp3',
    ],
    [
      'another format',
      { 'course.yaml': 'format: lms-course/v9\n' },
      'course.yaml: format has an unknown format',
    ],
    ['no format', { 'course.yaml': 'name: x\n' }, 'course.yaml:  is neither of our format'],
  ])('is refused with %s', async (_what, changes, expected) => {
    const files = Object.fromEntries(
      Object.entries({ ...tiny, ...changes }).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      ),
    );
    expect(await errorsOf(files)).toContainEqual(expect.stringContaining(expected));
  });

  it('reports all problems at once', async () => {
    const errors = await errorsOf({
      'course.yaml': courseYaml.replace('slug: tiny', 'slug: Not A Slug'),
      'units/one/unit.yaml': 'lessons: [a]\n',
      'units/one/a.yaml': 'title: {}\n',
    });
    expect(errors.some((error) => error.startsWith('course.yaml:3 slug'))).toBe(true);
  });
});

describe('writeCourse', () => {
  it('writes files that parse to the same course, whatever its keys are', async () => {
    const draft = sampleCourse({ sourceKey: 'librelingo:github.com/A_b/Ç.course' });
    const unit = draft.units[0];
    const lesson = unit?.lessons[0];
    if (!unit || !lesson) throw new Error('no lesson');
    draft.units = [
      { ...unit, sourceKey: 'module:Động-từ+1', lessons: [{ ...lesson, sourceKey: 'skill:ñ' }] },
      {
        ...unit,
        sourceKey: `module:${'x'.repeat(100)}`,
        lessons: [
          { ...lesson, sourceKey: `${'y'.repeat(90)}1`, items: [], exercises: [] },
          { ...lesson, sourceKey: `${'y'.repeat(90)}2`, items: [], exercises: [] },
        ],
      },
    ];
    const files = await writeCourse(draft);
    expect([...files.keys()].every((path) => /^[a-z0-9/._-]+$/.test(path))).toBe(true);
    const parsed = await parseCourse(files);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
    expect(parsed.draft).toEqual(draft);
    expect(hashDraft(parsed.draft)).toBe(hashDraft(draft));
  });

  it('keeps texts that YAML could read as another type', async () => {
    const draft = sampleCourse({
      title: { en: 'no' },
      description: {
        en: '007',
        vi: '- not: a list # nor a comment',
        fr: 'null',
        de: ' "quoted" \'text\''.trim(),
      },
    });
    const parsed = await parseCourse(await writeCourse(draft));
    expect(parsed.ok && parsed.draft.description).toEqual(draft.description);
    expect(parsed.ok && parsed.draft.title).toEqual({ en: 'no' });
  });
});
