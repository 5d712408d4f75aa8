import type { CourseDraft } from '../courses/course-draft.ts';

/** Something wrong with a file of a course. */
export interface CourseError {
  /** Path in the tree, as `units/food/drinks.yaml`. */
  file: string;
  /** Where in the file, dotted, as `exercises.2.solution.correct`; '' is the file itself. */
  path: string;
  message: string;
  /** From 1; null where there is no place to point to. */
  line: number | null;
}

/** Either the course, or everything that is wrong with it. */
export type ParsedCourse = { ok: true; draft: CourseDraft } | { ok: false; errors: CourseError[] };

/** Files of a course: path → bytes. Paths are relative, with slashes. */
export type CourseFiles = ReadonlyMap<string, Uint8Array>;
