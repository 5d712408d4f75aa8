/** Reading and writing of courses as files. Pure: no database, no network. */
export type { CourseError, CourseFiles, ParsedCourse } from './course-files.ts';
export { parseCourse } from './parse-course.ts';
export { archiveLimits, type ReadArchive, readCourseArchive } from './read-course-archive.ts';
export { writeCourse } from './write-course.ts';
