import { notFound } from '@lms/errors';
import { defineRoute, Reply } from '@lms/http';
import { strToU8, type Zippable, zipSync } from 'fflate';
import { atOneMoment } from '../at-one-moment.ts';
import { courseParams, wholeCourse } from '../courses/course-requests.ts';
import { loadDraft } from '../courses/load-draft-store.ts';
import { type StoredDraft, withoutIds } from '../courses/stored-draft.ts';
import type { Deps } from '../deps.ts';
import { writeCourse } from './write-course.ts';

/** Importing the zip produces the same content, with the same hash. */
export const exportCourse = defineRoute({
  method: 'get',
  path: '/courses/{courseId}/export',
  summary: 'Export the draft as a zip that can be imported again',
  ...wholeCourse,
  input: { params: courseParams },
  output: { status: 200, body: { contentTypes: ['application/zip'] } },
  errors: ['not_found'],
  async handler({ params: { courseId } }, deps: Pick<Deps, 'prisma'>) {
    const draft = await atOneMoment(deps, (tx) => loadDraft(tx, courseId));
    if (!draft) throw notFound('The course');
    return new Reply(await zipOf(draft), {
      headers: {
        'content-type': 'application/zip',
        'content-disposition': `attachment; filename="${draft.slug}.zip"`,
        'cache-control': 'private, no-cache',
        etag: `"${draft.contentHash}"`,
      },
    });
  },
});

async function zipOf(draft: StoredDraft): Promise<Buffer> {
  const files: Zippable = {};
  for (const [path, bytes] of await writeCourse(withoutIds(draft))) files[path] = [bytes, { mtime: epoch }];
  files['README.md'] = [strToU8(readme), { mtime: epoch }];
  return Buffer.from(zipSync(files, { level: 6 }));
}

/** The earliest time that a zip can hold, so that the same course results in the same bytes. */
const epoch = new Date(1980, 0, 1);

const readme = `A course as files, to be imported with POST /courses/import. Media files are not in here:
the course names them by their path, and they stay attached to these paths.
`;
