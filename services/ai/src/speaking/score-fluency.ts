import type { Fluency } from '../feedback/feedback.ts';
import type { TranscribedWord } from '../providers/ai-provider.ts';

/** Shortest silence that counts as a pause (De Jong & Bosker 2013: 250 ms fits second-language fluency best). */
export const pauseThresholdMs = 250;

/**
 * Words per minute that earn the full score, by CEFR level. Native conversation runs at about 150 to 180
 * (Tauroza & Allison 1990, for British English); less is expected of learners.
 */
const fullSpeed: Record<string, number> = { A1: 70, A2: 85, B1: 100, B2: 115, C1: 130, C2: 130 };
/** Share of silence that is normal for a fluent speaker. */
const usualPauseShare = 0.15;
/** From this share of silence on, the pause score is 0. */
const worstPauseShare = 0.6;

/**
 * Scores fluency from the times of the words: 60 % speed (words per minute ÷ the level's full speed, at most
 * 1), 40 % pauses (share of the time between first and last word that was silence of at least 250 ms, full
 * score up to 15 %, none from 60 % on). If only the length of the recording is known, the score is speed alone,
 * and the pause figures are null. Returns null if neither is known, or for fewer than two words.
 * Speed and silent pauses are the two parts of "utterance fluency" (Segalowitz 2010; Skehan 2003).
 */
export function scoreFluency(request: {
  wordCount: number;
  words?: readonly TranscribedWord[] | undefined;
  durationMs: number | null;
  level?: string | undefined;
}): Fluency | null {
  const timed = request.words ?? [];
  const first = timed[0];
  const last = timed.at(-1);
  const spokenMs = first && last ? last.endMs - first.startMs : request.durationMs;
  if (request.wordCount < 2 || spokenMs === null || spokenMs <= 0) return null;

  const wordsPerMinute = Math.round((request.wordCount / spokenMs) * 600_000) / 10;
  const target = fullSpeed[(request.level ?? 'A2').slice(0, 2).toUpperCase()] ?? 85;
  const speed = Math.min(1, wordsPerMinute / target);
  if (timed.length < 2) {
    return { score: round(speed), wordsPerMinute, pauseCount: null, longestPauseMs: null, pauseShare: null };
  }
  const pausesMs = timed
    .slice(1)
    .map((word, index) => word.startMs - (timed[index]?.endMs ?? word.startMs))
    .filter((gapMs) => gapMs >= pauseThresholdMs);
  const pauseShare = Math.min(1, pausesMs.reduce((sum, ms) => sum + ms, 0) / spokenMs);
  const calm = 1 - (pauseShare - usualPauseShare) / (worstPauseShare - usualPauseShare);
  return {
    score: round(0.6 * speed + 0.4 * Math.min(1, Math.max(0, calm))),
    wordsPerMinute,
    pauseCount: pausesMs.length,
    longestPauseMs: Math.max(0, ...pausesMs),
    pauseShare: round(pauseShare),
  };
}

const round = (value: number) => Math.round(value * 100) / 100;
