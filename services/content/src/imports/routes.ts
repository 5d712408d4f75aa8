import { exportCourse } from './export-course.ts';
import { importCourse } from './import-course.ts';

export const importRoutes = [importCourse, exportCourse];
