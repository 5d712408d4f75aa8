import type { z } from 'zod';
import type { CourseError } from './course-files.ts';
import type { YamlFile, YamlPath } from './read-yaml.ts';

/** Maximum number of errors that one parse reports. */
const maxErrors = 200;

/** Collects all errors in a course, so that an editor sees them at once. */
export interface CourseProblems {
  add: (error: CourseError) => void;
  /** A problem at a place in a parsed file. */
  addAt: (file: string, yaml: YamlFile, at: { path: YamlPath; message: string }) => void;
  /** The value parsed with the schema; if it does not match, adds the problems and returns undefined. */
  check: <S extends z.ZodType>(file: string, yaml: YamlFile, schema: S) => z.output<S> | undefined;
  errors: () => CourseError[];
}

export function gatherProblems(): CourseProblems {
  const errors: CourseError[] = [];
  const add = (error: CourseError) => {
    if (errors.length < maxErrors) errors.push(error);
  };
  const addAt: CourseProblems['addAt'] = (file, yaml, { path, message }) =>
    add({ file, path: path.map(String).join('.'), message, line: yaml.lineOf(path) });
  return {
    add,
    addAt,
    check(file, yaml, schema) {
      const result = schema.safeParse(yaml.value);
      if (result.success) return result.data;
      for (const { path, message } of result.error.issues) addAt(file, yaml, { path, message });
      return undefined;
    },
    errors: () => errors,
  };
}
