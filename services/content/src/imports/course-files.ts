import type { CourseDraft } from '../courses/course-draft.ts';

/** A problem in a file of a course. */
export interface CourseError {
  /** Path in the tree, such as `units/food/drinks.yaml`. */
  file: string;
  /** Dotted path in the file, such as `exercises.2.solution.correct`; '' is the file itself. */
  path: string;
  message: string;
  /** Line number from 1; null if the problem has no line. */
  line: number | null;
}

/** Either the course or all of its problems. */
export type ParsedCourse = { ok: true; draft: CourseDraft } | { ok: false; errors: CourseError[] };

/** The files of a course by path. Paths are relative and use slashes. */
export type CourseFiles = ReadonlyMap<string, Uint8Array>;
