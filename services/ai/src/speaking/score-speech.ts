import { distance } from 'fastest-levenshtein';
import type { SpeakingFeedback, SpokenWord } from '../feedback/feedback.ts';
import type { Transcription } from '../providers/ai-provider.ts';
import { alignWords } from './align-words.ts';
import { scoreFluency } from './score-fluency.ts';
import { spokenWordsOf } from './spoken-words-of.ts';

/** Two words at least this alike count as close: one sound of a short word, two of a long one. */
const closeSimilarity = 0.6;
const mostWords = 600;

/**
 * Scores speech from its transcript: 70 % pronunciation, 30 % fluency (pronunciation alone if no times
 * are known).
 *
 * Pronunciation is intelligibility: what a speech recogniser understood, word by word, against what should
 * have been said. Both word sequences are aligned (see `alignWords`); an expected word that was recognised
 * counts 1, one recognised as a similar word counts its similarity (1 − Levenshtein distance ÷ length, if at
 * least 0.6), and any other counts 0; each extra word subtracts half a word. So for a reading without extra words
 * the score is 1 − word error rate, softened for near misses. It does not notice accents or tones that the
 * recogniser understands anyway; phone-level scores (goodness of pronunciation, Witt & Young 2000) would
 * need an acoustic model.
 */
export function scoreSpeech(request: {
  expectedText: string;
  transcription: Transcription;
  languageTag: string;
  level?: string | undefined;
}): SpeakingFeedback {
  const { expectedText, transcription, languageTag } = request;
  const expected = spokenWordsOf(expectedText, languageTag).slice(0, mostWords);
  const heard = heardWords(transcription, languageTag).slice(0, mostWords);
  const words: SpokenWord[] = [];
  const extraWords: string[] = [];
  let credit = 0;
  for (const pair of alignWords(expected, heard, (a, b) => 2 * (1 - similarity(a.sound, b.sound)))) {
    const wanted = pair.expected === null ? undefined : expected[pair.expected];
    const said = pair.heard === null ? undefined : heard[pair.heard];
    if (!wanted) {
      if (said) extraWords.push(said.word);
      continue;
    }
    const alike = said ? similarity(wanted.sound, said.sound) : 0;
    const verdict = verdictOf(alike, said !== undefined);
    credit += alike >= closeSimilarity ? alike : 0;
    words.push({
      word: wanted.word,
      verdict,
      heard: said?.word ?? null,
      startMs: said?.startMs ?? null,
      endMs: said?.endMs ?? null,
    });
  }
  const pronunciation =
    expected.length === 0 ? 0 : round(Math.max(0, (credit - extraWords.length / 2) / expected.length));
  const fluency = scoreFluency({
    wordCount: heard.length,
    words: transcription.words,
    durationMs: transcription.durationMs,
    level: request.level,
  });
  // Fluent speech that does not match the expected text scores nothing.
  const score = fluency && pronunciation > 0 ? 0.7 * pronunciation + 0.3 * fluency.score : pronunciation;
  return {
    kind: 'speaking',
    provider: transcription.provider,
    model: transcription.model,
    score: round(score),
    summary: summaryOf(words, heard.length),
    transcript: transcription.transcript,
    pronunciation: { score: pronunciation, words, extraWords },
    fluency,
  };
}

interface HeardWord {
  word: string;
  sound: string;
  startMs: number | null;
  endMs: number | null;
}

/** Timed words if the transcript has any. An entry with several words is split; one with only punctuation is dropped. */
function heardWords({ transcript, words }: Transcription, languageTag: string): HeardWord[] {
  if (!words || words.length === 0) {
    return spokenWordsOf(transcript, languageTag).map((word) => ({ ...word, startMs: null, endMs: null }));
  }
  return words.flatMap(({ word, startMs, endMs }) =>
    spokenWordsOf(word, languageTag).map((part) => ({ ...part, startMs, endMs })),
  );
}

function similarity(a: string, b: string): number {
  return a === b ? 1 : 1 - distance(a, b) / Math.max(a.length, b.length);
}

function verdictOf(alike: number, wasHeard: boolean): SpokenWord['verdict'] {
  if (!wasHeard) return 'missed';
  if (alike === 1) return 'correct';
  return alike >= closeSimilarity ? 'close' : 'wrong';
}

function summaryOf(words: readonly SpokenWord[], heardCount: number): string {
  if (heardCount === 0) return 'No words could be heard. Speak closer to the microphone and try again.';
  const toPractise = words.filter(({ verdict }) => verdict !== 'correct');
  if (toPractise.length === 0) return 'Every word was understood.';
  const understood = words.length - toPractise.length;
  const named = [...new Set(toPractise.map(({ word }) => `"${word}"`))].slice(0, 5).join(', ');
  return `${understood} of ${words.length} words were understood. Practise: ${named}.`;
}

const round = (value: number) => Math.round(value * 100) / 100;
