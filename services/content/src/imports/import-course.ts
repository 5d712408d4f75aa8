import { AppError } from '@lms/errors';
import { defineRoute, Reply } from '@lms/http';
import { isUniqueViolation } from '@lms/postgres';
import { z } from 'zod';
import type { CourseDraft } from '../courses/course-draft.ts';
import { findMissingMedia, forgetUnnamed } from '../courses/course-media-store.ts';
import { wholeCourse } from '../courses/course-requests.ts';
import { type SavedCourse, SlugTakenError, saveDraft } from '../courses/draft-store.ts';
import { lessonsOf, loadDraft } from '../courses/load-draft-store.ts';
import type { StoredDraft } from '../courses/stored-draft.ts';
import { type NamedMedia, namedMedia } from '../courses/version-content.ts';
import type { Deps, Tx } from '../deps.ts';
import type { CourseError } from './course-files.ts';
import { parseCourse } from './parse-course.ts';
import { readCourseArchive } from './read-course-archive.ts';

/** Maximum number of errors in one response; the first ones usually cause the others. */
const maxErrors = 100;

const importReport = z.object({
  courseId: z.uuid().nullable().describe('Null in a dry run of a new course'),
  created: z.boolean(),
  changed: z.boolean(),
  contentHash: z.string(),
  dryRun: z.boolean(),
  counts: z.object({ units: z.int(), lessons: z.int(), items: z.int(), exercises: z.int() }),
  units: z.array(z.object({ id: z.uuid().nullable(), sourceKey: z.string() })),
  lessons: z.array(z.object({ id: z.uuid().nullable(), sourceKey: z.string(), exercises: z.int() })),
  missingMedia: z
    .array(z.object({ path: z.string(), kind: z.enum(['audio', 'image']), lessonId: z.uuid().nullable() }))
    .describe('Paths without a file, each with a lesson that names it'),
});
type ImportReport = z.output<typeof importReport>;

/** Learners do not see the draft before it is published. `invalid_course` names every problem. */
export const importCourse = defineRoute({
  method: 'post',
  path: '/courses/import',
  summary: 'Create or update the draft of a course from a zip (our own format or LibreLingo)',
  ...wholeCourse,
  input: {
    query: z.object({
      dryRun: z
        .enum(['true', 'false'])
        .default('false')
        .transform((value) => value === 'true'),
    }),
    body: { contentTypes: ['application/zip'], limitBytes: 20_000_000 },
  },
  output: { status: 200, body: importReport, alsoStatus: [201] },
  errors: ['invalid_course'],
  async handler(
    { body, query: { dryRun }, caller: { userId } },
    { prisma }: Pick<Deps, 'prisma'>,
  ): Promise<Reply<ImportReport>> {
    const archive = await readCourseArchive(body as unknown as Buffer);
    if (!archive.ok) throw invalidCourse(archive.errors);
    const parsed = await parseCourse(archive.files);
    if (!parsed.ok) throw invalidCourse(parsed.errors);
    try {
      // Writing thousands of rows needs more time than other transactions of this service.
      const report = await prisma.$transaction((tx) => write(tx, parsed.draft, { dryRun, userId }), {
        maxWait: 5_000,
        timeout: 40_000,
      });
      return new Reply(report, { status: report.created ? 201 : 200 });
    } catch (error) {
      if (error instanceof DryRunDone) return new Reply(error.report);
      if (error instanceof SlugTakenError || isUniqueViolation(error, 'slug')) throw slugTaken(parsed.draft);
      throw error;
    }
  },
});

async function write(
  tx: Tx,
  draft: CourseDraft,
  { dryRun, userId }: { dryRun: boolean; userId: string },
): Promise<ImportReport> {
  const saved = await saveDraft(tx, draft, userId);
  const stored = await loadDraft(tx, saved.courseId);
  if (!stored) throw new Error('the course that was just written does not exist');
  const named = namedMedia(stored);
  await forgetUnnamed(
    tx,
    saved.courseId,
    named.map(({ path }) => path),
  );
  const missing = await findMissingMedia(tx, saved.courseId, named);
  const report = reportOf({ saved, stored, missing, dryRun });
  // A dry run writes and rolls back, so it finds exactly the errors that an import would.
  if (dryRun) throw new DryRunDone(report);
  return report;
}

class DryRunDone extends Error {
  readonly report: ImportReport;
  constructor(report: ImportReport) {
    super('dry run');
    this.report = report;
  }
}

function reportOf({
  saved,
  stored,
  missing,
  dryRun,
}: {
  saved: SavedCourse;
  stored: StoredDraft;
  missing: NamedMedia[];
  dryRun: boolean;
}): ImportReport {
  // In a dry run, the ids of a new course are not real.
  const idOf = (id: string) => (dryRun && saved.created ? null : id);
  const lessons = lessonsOf(stored);
  const count = (numberOf: (lesson: (typeof lessons)[number]) => number) =>
    lessons.reduce((sum, lesson) => sum + numberOf(lesson), 0);
  return {
    ...saved,
    courseId: idOf(saved.courseId),
    dryRun,
    counts: {
      units: stored.units.length,
      lessons: lessons.length,
      items: count(({ items }) => items.length),
      exercises: count(({ exercises }) => exercises.length),
    },
    units: stored.units.map(({ id, sourceKey }) => ({ id: idOf(id), sourceKey })),
    lessons: lessons.map(({ id, sourceKey, exercises }) => ({
      id: idOf(id),
      sourceKey,
      exercises: exercises.length,
    })),
    missingMedia: missing.map(({ path, kind, lessonId }) => ({ path, kind, lessonId: idOf(lessonId) })),
  };
}

function invalidCourse(errors: readonly CourseError[]): AppError {
  const more = errors.length > maxErrors ? ` The first ${maxErrors} of ${errors.length} problems:` : '';
  return new AppError('invalid_course', `The course cannot be imported.${more}`, {
    errors: errors.slice(0, maxErrors).map(({ file, path, message, line }) => ({
      path: `${file || '(archive)'}${line === null ? '' : `:${line}`}${path ? ` ${path}` : ''}`,
      message,
    })),
  });
}

function slugTaken({ slug }: CourseDraft): AppError {
  return invalidCourse([
    {
      file: 'course.yaml',
      path: 'slug',
      message: `${slug} is already the slug of another course`,
      line: null,
    },
  ]);
}
