import { appendEvent } from '@lms/events';
import type { Tx } from '../deps.ts';
import { fillHoles } from './course-media-store.ts';
import { type LockedCourse, setPublished, type VersionFacts } from './version-store.ts';

/** Makes a version the one that learners read; returns false if it already was. The course must be locked. */
export async function makePublic(tx: Tx, course: LockedCourse, version: VersionFacts): Promise<boolean> {
  if (version.id === course.publishedVersionId) return false;
  await setPublished(tx, course.id, version);
  await fillHoles(tx, course.id);
  await appendEvent(tx, {
    type: 'course.published',
    data: { courseId: course.id, version: version.version, publishedAt: new Date().toISOString() },
  });
  return true;
}
