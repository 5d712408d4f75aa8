import { attachMedia } from './attach-media.ts';
import { getCourse } from './get-course.ts';
import { listCourses } from './list-courses.ts';
import { listVersions } from './list-versions.ts';
import { publishCourse } from './publish-course.ts';
import { rollBackCourse } from './roll-back-course.ts';
import { unpublishCourse } from './unpublish-course.ts';

export const courseRoutes = [
  listCourses,
  getCourse,
  attachMedia,
  publishCourse,
  unpublishCourse,
  rollBackCourse,
  listVersions,
];
