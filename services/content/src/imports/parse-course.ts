import type { CourseFiles, ParsedCourse } from './course-files.ts';
import { formatName } from './lms-course-files.ts';
import { parseLibreLingo } from './parse-librelingo.ts';
import { parseLmsCourse } from './parse-lms-course.ts';
import { readYaml } from './read-yaml.ts';

/** Reads a course in either format, which `course.yaml` determines. */
export async function parseCourse(files: CourseFiles): Promise<ParsedCourse> {
  const file = 'course.yaml';
  const bytes = files.get(file);
  if (!bytes) return failed('is missing; every course must have one');
  const yaml = readYaml(file, bytes, { textOnly: true });
  if (!yaml.ok) return yaml;
  const top = typeof yaml.value === 'object' && yaml.value !== null ? yaml.value : {};
  if ('format' in top) {
    if (top.format === formatName) return parseLmsCourse(files);
    return failed(`has an unknown format: this server reads ${formatName}`, 'format');
  }
  if ('Course' in top) return parseLibreLingo(files);
  return failed(`is neither of our format (format: ${formatName}) nor of LibreLingo's (Course:)`);
}

function failed(message: string, path = ''): ParsedCourse {
  return { ok: false, errors: [{ file: 'course.yaml', path, message, line: null }] };
}
