import type { Fluency } from '../feedback/feedback.ts';
import type { TranscribedWord } from '../providers/ai-provider.ts';

/** A silence counts as a pause from here on (De Jong & Bosker 2013: 250 ms fits second-language fluency best). */
export const pauseThresholdMs = 250;

/**
 * Words per minute that earn the full score, by CEFR level. Native conversation runs at about 150 to 180
 * (Tauroza & Allison 1990, for British English); learners are asked for less.
 */
const fullSpeed: Record<string, number> = { A1: 70, A2: 85, B1: 100, B2: 115, C1: 130, C2: 130 };
/** Share of silence that a fluent speaker has too. */
const usualPauseShare = 0.15;
/** From this share on nothing is left of the pause score. */
const worstPauseShare = 0.6;

/**
 * Scores fluency from when words were said: 60 % speed (words per minute ÷ the level's full speed, at most
 * 1), 40 % pauses (share of the time between first and last word that was silence of at least 250 ms, full
 * score up to 15 %, none from 60 % on). With only the length of the recording it is speed alone, and the
 * pause figures are null; with neither, or fewer than two words, the answer is null.
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
