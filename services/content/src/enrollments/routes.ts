import { enrollInCourse } from './enroll-in-course.ts';
import { leaveCourse } from './leave-course.ts';

export const enrollmentRoutes = [enrollInCourse, leaveCourse];
