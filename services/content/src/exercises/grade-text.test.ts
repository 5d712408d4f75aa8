import { describe, expect, it } from '@jest/globals';
import { gradeText } from './grade-text.ts';

const grade = (given: string, accepted: string | string[], language = 'en') =>
  gradeText({ given, accepted: [accepted].flat(), language, typos: true });

describe('differences that never count', () => {
  it.each([
    ['case and punctuation', 'how are YOU', 'How are you?'],
    ['white space', '  how   are\tyou ', 'How are you?'],
    ['curly quotes', 'I’m fine', "I'm fine."],
    ['hyphens', 't-shirt', 't shirt'],
    ['full-width and composed letters', 'cafe\u0301', 'café'],
  ])('%s', (_what, given, accepted) => {
    expect(grade(given, accepted)).toMatchObject({ correct: true, score: 1, mistakes: [] });
  });
  it('the Unicode composition of letters, in Vietnamese too', () => {
    expect(grade('Xin chào'.normalize('NFD'), 'xin chào', 'vi').score).toBe(1);
  });
});

describe('English contractions', () => {
  it.each([
    ["I'm from Hue", 'I am from Hue'],
    ['I am not tired', "I'm not tired"],
    ["She doesn't like tea", 'She does not like tea'],
    ['He cannot swim', "He can't swim"],
    ["We won't go", 'We will not go'],
    ["He's got a cat", 'He has got a cat'],
    ["What's your name", 'What is your name?'],
    ["The park's small", 'The park is small'],
    ["Let's go", 'Let us go'],
    ['dont worry', "Don't worry"],
    ["I'd like tea", 'I would like tea'],
    ["They'd gone", 'They had gone'],
    ['My favorite color', 'My favourite colour'],
  ])('%s = %s', (given, accepted) => {
    expect(grade(given, accepted)).toMatchObject({ correct: true, score: 1 });
    expect(grade(accepted, given)).toMatchObject({ correct: true, score: 1 });
  });
  it('keeps the possessive', () => {
    expect(grade("This is Lan's book", "This is Lan's book").score).toBe(1);
    expect(grade('This is Lan book', "This is Lan's book").correct).toBe(false);
  });
});

describe('slips', () => {
  it('forgives missing accents where the word is no other word without them', () => {
    expect(grade('El nino bebe cafe', 'El niño bebe café', 'es')).toMatchObject({
      correct: true,
      score: 0.9,
      mistakes: [
        { kind: 'accent', expected: 'niño', given: 'nino' },
        { kind: 'accent', expected: 'café', given: 'cafe' },
      ],
    });
  });
  it('forgives a typo in a long word, and names it', () => {
    expect(grade('I eat breakfest', 'I eat breakfast')).toMatchObject({
      correct: true,
      score: 0.9,
      mistakes: [{ kind: 'typo', expected: 'breakfast', given: 'breakfest' }],
    });
    expect(grade('my birhtday', 'my birthday').correct).toBe(true);
  });
  it.each([
    ['a short word', 'a cut', 'a cat'],
    ['an ending', 'She like tea', 'She likes tea'],
    ['a first letter', 'turn light', 'turn right'],
    ['a word that is often mistaken for another', 'two woman', 'two women'],
    ['too many at once', 'breakfest tomorow togather', 'breakfast tomorrow together'],
  ])('does not forgive %s', (_what, given, accepted) => {
    expect(grade(given, accepted)).toMatchObject({ correct: false });
    expect(grade(given, accepted).score).toBeLessThanOrEqual(0.5);
  });
  it('does not forgive a wrong gender', () => {
    expect(grade('La falda es pequeño', 'La falda es pequeña', 'es').correct).toBe(false);
  });
  it('forgives a missing or an extra space', () => {
    expect(grade('good bye', 'goodbye')).toMatchObject({ correct: true, score: 0.9 });
  });
});

describe('Vietnamese', () => {
  it('treats a wrong or missing tone as a mistake, because it makes another word', () => {
    expect(grade('ma', 'má', 'vi').correct).toBe(false);
    const graded = grade('toi uong tra', 'Tôi uống trà', 'vi');
    expect(graded.correct).toBe(false);
    expect(graded.score).toBeLessThanOrEqual(0.5);
    expect(graded.mistakes.every(({ kind }) => kind === 'accent')).toBe(true);
  });
  it('distinguishes đ from d', () => {
    expect(grade('da', 'đa', 'vi').correct).toBe(false);
  });
  it.each([
    ['hoà bình', 'hòa bình'],
    ['thuý', 'thúy'],
    ['nước Mĩ', 'nước Mỹ'],
    ['kĩ sư', 'kỹ sư'],
    ['bác sỹ', 'bác sĩ'],
  ])('accepts both spellings: %s = %s', (given, accepted) => {
    expect(grade(given, accepted, 'vi')).toMatchObject({ correct: true, score: 1 });
  });
  it('does not accept thúy for thủy', () => {
    expect(grade('thủy', 'thúy', 'vi').correct).toBe(false);
  });
});

describe('several accepted texts', () => {
  it('accepts any of them and shows the nearest one', () => {
    const accepted = ['Hello!', 'Good morning!', 'Hi there!'];
    expect(grade('good morning', accepted)).toMatchObject({ correct: true, closest: 'Good morning!' });
    expect(grade('good mourning teacher', accepted)).toMatchObject({
      correct: false,
      closest: 'Good morning!',
    });
  });
  it('treats words in parentheses as optional', () => {
    expect(grade('You are cats', 'You (all) are cats').score).toBe(1);
    expect(grade('You all are cats', 'You (all) are cats').score).toBe(1);
    expect(grade('You both are cats', 'You (all) are cats').correct).toBe(false);
  });
});

describe('mistakes', () => {
  it('are named word by word', () => {
    expect(grade('I go school by the bus', 'I go to school by bus').mistakes).toEqual([
      { kind: 'missing', expected: 'to', given: null },
      { kind: 'extra', expected: null, given: 'the' },
    ]);
    expect(grade('I drink coffee', 'I drink tea').mistakes).toEqual([
      { kind: 'wrong', expected: 'tea', given: 'coffee' },
    ]);
  });
  it('leave an empty answer with a score of 0', () => {
    expect(grade('  ?! ', 'Hello')).toMatchObject({ correct: false, score: 0 });
  });
  it('lower the score further the more there are', () => {
    const scores = ['I go to work by bus', 'I go to work bus', 'go work bus', 'xyz'].map(
      (given) => grade(given, 'I go to work by bus').score,
    );
    expect(scores).toEqual([...scores].sort((a, b) => b - a));
    expect(scores.at(-1)).toBe(0);
  });
});

it('compares languages without spaces letter by letter', () => {
  expect(grade('你 好', '你好！', 'zh').score).toBe(1);
  expect(grade('你们好', '你好', 'zh').correct).toBe(false);
});

it('grades a hostile text quickly', () => {
  // CPU time, because wall-clock time depends on the load of the machine.
  const before = process.cpuUsage();
  const accepted = Array.from({ length: 60 }, (_, index) =>
    `${"he's he'd ".repeat(25)} ${index}`.slice(0, 500),
  );
  grade("she's she'd ".repeat(40), accepted);
  grade('a '.repeat(250), accepted);
  expect(process.cpuUsage(before).user).toBeLessThan(3_000_000);
});
