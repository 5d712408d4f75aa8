/** XP for each activity. Only the server computes it; clients cannot set it. */
export const xpRules = {
  /** An exercise answered correctly for the first time. */
  firstCorrect: 10,
  /** Again, on another day (UTC). On the same day it is worth nothing. */
  practice: 2,
  /** Speech or writing with the best grade; others in proportion, and only what is better than before. */
  submission: 15,
  /** A lesson completed for the first time. */
  firstCompletion: 20,
  /** Again, on another day (UTC). */
  completion: 5,
} as const;

/** What the learner had reached before. */
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

/** @param score 0 to 1. @param bestBefore XP that earlier submissions to the exercise brought in all. */
export function xpOfSubmission(score: number, bestBefore: number): number {
  return Math.max(0, Math.round(score * xpRules.submission) - bestBefore);
}

/** From which grade on speech or writing counts as correct. */
export const passingScore = 0.6;
