import { describe, expect, it } from '@jest/globals';
import type { TranscribedWord, Transcription } from '../providers/ai-provider.ts';
import { scoreFluency } from './score-fluency.ts';
import { scoreSpeech } from './score-speech.ts';

const heard = (transcript: string, facts: Partial<Transcription> = {}): Transcription => ({
  provider: 'openai',
  model: 'whisper-1',
  transcript,
  durationMs: null,
  ...facts,
});
const score = (expectedText: string, transcript: string, languageTag = 'en') =>
  scoreSpeech({ expectedText, transcription: heard(transcript), languageTag });
const verdicts = (expectedText: string, transcript: string, languageTag = 'en') =>
  score(expectedText, transcript, languageTag).pronunciation.words.map(
    ({ word, verdict }) => `${word}:${verdict}`,
  );

/** Words of equal length, one after another with the given silences between them. */
function spoken(text: string, { wordMs = 300, gapsMs = [] as number[] } = {}): TranscribedWord[] {
  let at = 200;
  return text.split(' ').map((word, index) => {
    const timed = { word, startMs: at, endMs: at + wordMs };
    at += wordMs + (gapsMs[index] ?? 50);
    return timed;
  });
}

describe('pronunciation', () => {
  it('returns the full score for a perfect reading, ignoring case and punctuation', () => {
    const result = score('Hello, how are you?', 'hello how are YOU');
    expect(result.score).toBe(1);
    expect(result.pronunciation.words.every(({ verdict }) => verdict === 'correct')).toBe(true);
    expect(result.summary).toBe('Every word was understood.');
  });

  it('marks exactly the missing word', () => {
    expect(verdicts('I live in a big house', 'I live in big house')).toEqual([
      'I:correct',
      'live:correct',
      'in:correct',
      'a:missed',
      'big:correct',
      'house:correct',
    ]);
  });

  it('distinguishes a near miss from a different word', () => {
    const { words } = score('three ships', 'tree dogs').pronunciation;
    expect(words).toMatchObject([
      { verdict: 'close', heard: 'tree' },
      { verdict: 'wrong', heard: 'dogs' },
    ]);
    expect(score('three ships', 'tree ships').score).toBeGreaterThan(score('three ships', 'dog ships').score);
  });

  it('lists extra words, and subtracts half a word for each', () => {
    const { pronunciation } = score('good morning', 'um good good morning');
    expect(pronunciation.extraWords).toHaveLength(2);
    expect(pronunciation.score).toBe(0.5);
  });

  it('returns 0 for silence and for a different text', () => {
    expect(score('good morning', '').score).toBe(0);
    expect(score('good morning', '').summary).toMatch(/No words could be heard/);
    const other = scoreSpeech({
      expectedText: 'good morning',
      transcription: heard('xyz qqq', { durationMs: 1000 }),
      languageTag: 'en',
    });
    expect(other.score).toBe(0);
  });

  it('treats Vietnamese words with different tone marks as different words', () => {
    expect(verdicts('má tôi', 'mà tôi', 'vi')).toEqual(['má:wrong', 'tôi:correct']);
  });

  it('treats composed and decomposed letters, and both apostrophes, as the same', () => {
    expect(score('cà phê', 'cà phê'.normalize('NFD'), 'vi').score).toBe(1);
    expect(score("I don't know", 'I don’t know').score).toBe(1);
  });

  it('treats English figures and number words as the same', () => {
    expect(score('I have two brothers', 'I have 2 brothers').score).toBe(1);
  });

  it('compares languages that are written without spaces word by word', () => {
    const { words } = score('我是学生', '我是学生', 'zh').pronunciation;
    expect(words.length).toBeGreaterThan(1);
    expect(words.every(({ verdict }) => verdict === 'correct')).toBe(true);
  });

  it('stays within its limits for a text of thousands of words', () => {
    const long = 'word '.repeat(3_000);
    expect(score(long, long).pronunciation.words).toHaveLength(600);
  });
});

describe('fluency', () => {
  const sentence = 'my family is small but we are happy';

  it('returns the full score for speech at the pace of the level without long pauses', () => {
    const fluency = scoreFluency({ wordCount: 8, words: spoken(sentence), durationMs: null, level: 'A2' });
    expect(fluency).toMatchObject({ score: 1, pauseCount: 0, longestPauseMs: 0 });
    expect(fluency?.wordsPerMinute).toBeGreaterThan(150);
  });

  it('counts silences from 250 ms on, and lowers the score for them', () => {
    const words = spoken(sentence, { gapsMs: [249, 250, 1_500] });
    const fluency = scoreFluency({ wordCount: 8, words, durationMs: null, level: 'A1' });
    expect(fluency).toMatchObject({ pauseCount: 2, longestPauseMs: 1_500 });
    expect(fluency?.score).toBeLessThan(1);
  });

  it('expects more speed at a higher level', () => {
    const at = (level: string) =>
      scoreFluency({ wordCount: 8, words: spoken(sentence, { wordMs: 700 }), durationMs: null, level })
        ?.score ?? 0;
    expect(at('A1')).toBeGreaterThan(at('C1'));
  });

  it('uses the length of the recording if words have no times, and returns null for pauses', () => {
    const fluency = scoreFluency({ wordCount: 8, durationMs: 8_000, level: 'A2' });
    expect(fluency).toMatchObject({ wordsPerMinute: 60, pauseCount: null, pauseShare: null });
    expect(fluency?.score).toBeCloseTo(60 / 85, 2);
  });

  it('is null if no times are known, and the score is then pronunciation alone', () => {
    expect(scoreFluency({ wordCount: 8, durationMs: null })).toBeNull();
    expect(score('good morning', 'good morning').fluency).toBeNull();
    expect(score('good morning', 'good morning').score).toBe(1);
  });

  it('counts for three tenths of the speaking score', () => {
    const result = scoreSpeech({
      expectedText: sentence,
      transcription: heard(sentence, { words: spoken(sentence, { wordMs: 2_000 }) }),
      languageTag: 'en',
      level: 'A1',
    });
    expect(result.score).toBeCloseTo(0.7 + 0.3 * (result.fluency?.score ?? 0), 1);
    expect(result.score).toBeLessThan(1);
  });
});
