// Imports the seed course into the platform at LMS_BASE_URL (`http://…/api/v1`) with the seeded editor's account;
// `npm run up` runs it. The last line describes the result.
import { join } from 'node:path';
import { seedAccounts } from './accounts.ts';
import { seedCourse } from './seed-course.ts';

const baseUrl = process.env.LMS_BASE_URL?.replace(/\/+$/, '');
const editor = seedAccounts.find(({ role }) => role === 'editor');
if (!baseUrl || !editor) {
  console.error('Set LMS_BASE_URL to the base URL of a platform with the seeded accounts.');
  process.exit(2);
}
try {
  const folder = join(import.meta.dirname, '../../seed-course');
  console.log(await seedCourse({ baseUrl, folder, editor }));
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}
