import { LRUCache } from 'lru-cache';

/** Contribution of one event to a learner's progress. */
export interface Contribution {
  userId: string;
  courseId: string;
  lessonId: string;
  /** Time of the activity, which determines the day it counts for. */
  at: Date;
  /** Time of the event, up to which progress is current. */
  eventTime: Date;
  xp: number;
  answers: number;
  gradedAnswers: number;
  correctAnswers: number;
  completions: number;
}

export interface ProgressRow {
  user_id: string;
  course_id: string;
  lesson_id: string;
  day: string;
  /** Monday of the week in UTC. */
  week: string;
  xp: number;
  answers: number;
  graded_answers: number;
  correct_answers: number;
  completions: number;
  at: string;
  as_of: string;
}

/** The calendar day of a moment in a time zone, such as `2026-11-24`. An unknown zone counts as UTC. */
export function localDay(at: Date, timeZone: string): string {
  return dayFormats.memo(timeZone).format(at);
}

/** Bounded, because learners choose the time zone. */
const dayFormats = new LRUCache<string, Intl.DateTimeFormat>({
  max: 1_000,
  memoMethod: (timeZone) => dayFormat(timeZone) ?? (dayFormat('UTC') as Intl.DateTimeFormat),
});

function dayFormat(timeZone: string): Intl.DateTimeFormat | undefined {
  try {
    // The Swedish locale writes dates as ISO 8601 does.
    return new Intl.DateTimeFormat('sv-SE', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit' });
  } catch {
    return undefined;
  }
}

/** The Monday (UTC) of the week of a moment, such as `2026-11-23`. */
export function weekOf(at: Date): string {
  const daysSinceMonday = (at.getUTCDay() + 6) % 7;
  const monday = Date.UTC(at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate() - daysSinceMonday);
  return new Date(monday).toISOString().slice(0, 10);
}

/** Each contribution as a row, with its day in the learner's time zone and its week in UTC. */
export function rowsOf(
  contributions: readonly Contribution[],
  timeZoneOf: (userId: string) => string,
): ProgressRow[] {
  return contributions.map((one) => ({
    user_id: one.userId,
    course_id: one.courseId,
    lesson_id: one.lessonId,
    day: localDay(one.at, timeZoneOf(one.userId)),
    week: weekOf(one.at),
    xp: one.xp,
    answers: one.answers,
    graded_answers: one.gradedAnswers,
    correct_answers: one.correctAnswers,
    completions: one.completions,
    at: one.at.toISOString(),
    as_of: one.eventTime.toISOString(),
  }));
}
