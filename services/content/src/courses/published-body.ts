import { z } from 'zod';
import type { VersionFacts } from './version-store.ts';

export const publishedBody = z.object({
  courseId: z.uuid(),
  version: z.int(),
  versionId: z.uuid(),
  contentHash: z.string(),
  publishedAt: z.iso.datetime(),
  changed: z.boolean().describe('False: it was published already'),
});

export function toPublishedBody({
  courseId,
  version,
  changed,
}: {
  courseId: string;
  version: VersionFacts;
  changed: boolean;
}): z.output<typeof publishedBody> {
  return {
    courseId,
    version: version.version,
    versionId: version.id,
    contentHash: version.contentHash,
    publishedAt: version.publishedAt.toISOString(),
    changed,
  };
}
