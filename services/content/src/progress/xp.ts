/** XP for each activity. Only the server computes it; clients cannot set it. */
export const xpRules = {
  /** For answering an exercise correctly for the first time. */
  firstCorrect: 10,
  /** For answering it again on another day (UTC). On the same day it earns nothing. */
  practice: 2,
  /** For speaking or writing with the best grade; other grades earn a share, and only for an improvement. */
  submission: 15,
  /** For completing a lesson for the first time. */
  firstCompletion: 20,
  /** For completing it again on another day (UTC). */
  completion: 5,
} as const;

/** The learner's previous results. */
export interface Before {
  everDone: boolean;
  doneToday: boolean;
}

export function xpOfAnswer(correct: boolean, before: Before): number {
  if (!correct || before.doneToday) return 0;
  return before.everDone ? xpRules.practice : xpRules.firstCorrect;
}

export function xpOfCompletion(before: Before): number {
  if (before.doneToday) return 0;
  return before.everDone ? xpRules.completion : xpRules.firstCompletion;
}

/** @param score 0 to 1. @param bestBefore Total XP of earlier submissions to the exercise. */
export function xpOfSubmission(score: number, bestBefore: number): number {
  return Math.max(0, Math.round(score * xpRules.submission) - bestBefore);
}

/** The lowest score at which speaking or writing counts as correct. */
export const passingScore = 0.6;
