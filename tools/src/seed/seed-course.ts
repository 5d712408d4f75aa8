import type { SeedAccount } from './accounts.ts';
import { createApiClient } from './api-client.ts';
import { readCourseTitle, zipCourse } from './course-files.ts';
import { type MissingMedia, uploadMedia } from './upload-media.ts';

interface Imported {
  courseId: string;
  changed: boolean;
  counts: { units: number; lessons: number; exercises: number };
  missingMedia: MissingMedia[];
}

/** Files per call, so that attached files are not uploaded again after an interrupted seed. */
const attachedAtOnce = 50;

/**
 * Adds a course to a running platform like an editor: import, upload, attach, publish. It only does what is missing,
 * so it can be repeated after an interruption. Returns a line that describes the result.
 */
export async function seedCourse(seed: {
  baseUrl: string;
  folder: string;
  editor: Pick<SeedAccount, 'email' | 'password'>;
}): Promise<string> {
  const started = performance.now();
  const api = createApiClient(seed.baseUrl);
  const { email, password } = seed.editor;
  const signedIn = await api.call<{ accessToken: string }>('POST', '/auth/login', {
    body: { email, password },
  });
  api.token = signedIn.accessToken;

  const { courseId, changed, counts, missingMedia } = await api.call<Imported>('POST', '/courses/import', {
    bytes: { type: 'application/zip', data: zipCourse(seed.folder) },
    timeoutMs: 60_000,
  });
  for (let from = 0; from < missingMedia.length; from += attachedAtOnce) {
    const next = missingMedia.slice(from, from + attachedAtOnce);
    const files = await uploadMedia(next, { api, folder: seed.folder });
    await api.call('PUT', `/courses/${courseId}/media`, { body: { files } });
  }
  const published = await api.call<{ changed: boolean }>('POST', `/courses/${courseId}/publish`, {
    body: {},
  });

  const course = `${readCourseTitle(seed.folder)}: ${counts.units} units, ${counts.lessons} lessons, ${counts.exercises} exercises`;
  if (!changed && !published.changed && missingMedia.length === 0) return `${course}, already up to date`;
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  return `${course}, ${missingMedia.length} files, ${seconds} s`;
}
