/** Reading and writing of courses as files. Pure: no database, no network. */
export {
  type CourseDraft,
  type CourseError,
  type CourseFiles,
  courseDraft,
  courseLimits,
  type ExerciseDraft,
  hashDraft,
  type ItemDraft,
  type LessonDraft,
  lessonMedia,
  type ParsedCourse,
  type UnitDraft,
} from './course-draft.ts';
export { parseCourse } from './parse-course.ts';
export { archiveLimits, type ReadArchive, readCourseArchive } from './read-course-archive.ts';
export { writeCourse } from './write-course.ts';
