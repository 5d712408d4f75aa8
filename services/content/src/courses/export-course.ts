import { notFound } from '@lms/errors';
import { strToU8, type Zippable, zipSync } from 'fflate';
import { atOneMoment } from '../at-one-moment.ts';
import type { Deps } from '../deps.ts';
import { writeCourse } from '../imports/index.ts';
import { loadDraft } from './load-draft-store.ts';
import { withoutIds } from './stored-draft.ts';

/** The draft as a zip of our own format. Importing it gives the same content, with the same hash. */
export async function exportCourse(
  courseId: string,
  { prisma }: Pick<Deps, 'prisma'>,
): Promise<{ zip: Buffer; fileName: string; contentHash: string }> {
  const stored = await atOneMoment({ prisma }, (tx) => loadDraft(tx, courseId));
  if (!stored) throw notFound('The course');
  const files: Zippable = {};
  for (const [path, bytes] of await writeCourse(withoutIds(stored))) files[path] = [bytes, { mtime: epoch }];
  files['README.md'] = [strToU8(readme), { mtime: epoch }];
  const zip = Buffer.from(zipSync(files, { level: 6 }));
  return { zip, fileName: `${stored.slug}.zip`, contentHash: stored.contentHash };
}

/** The earliest time a zip can hold: the same course is the same bytes. */
const epoch = new Date(1980, 0, 1);

const readme = `A course as files, to be imported with POST /courses/import. Media files are not in here:
the course names them by their path, and they stay attached to these paths.
`;
