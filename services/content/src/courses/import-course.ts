import { AppError } from '@lms/errors';
import type { Caller } from '@lms/http';
import { isUniqueViolation } from '@lms/postgres';
import type { Deps, Tx } from '../deps.ts';
import { type CourseDraft, type CourseError, parseCourse, readCourseArchive } from '../imports/index.ts';
import { findMissingMedia, forgetUnnamed } from './course-media-store.ts';
import { type SavedCourse, SlugTakenError, saveDraft } from './draft-store.ts';
import { lessonsOf, loadDraft } from './load-draft-store.ts';
import type { StoredDraft } from './stored-draft.ts';
import { type NamedMedia, namedMedia } from './version-content.ts';

/** Most errors in one answer; the first ones lead to the others. */
const maxErrors = 100;

/**
 * Reads a course from a zip and makes it the draft. Learners see nothing of it before it is published.
 * @throws AppError `invalid_course` naming file, line and field of everything that is wrong.
 */
export async function importCourse(
  { zip, dryRun, caller }: { zip: Buffer; dryRun: boolean; caller: Caller },
  { prisma }: Pick<Deps, 'prisma'>,
) {
  const archive = await readCourseArchive(zip);
  if (!archive.ok) throw invalidCourse(archive.errors);
  const parsed = await parseCourse(archive.files);
  if (!parsed.ok) throw invalidCourse(parsed.errors);
  try {
    // Thousands of rows: more time than the other transactions of this service have.
    return await prisma.$transaction((tx) => write(tx, parsed.draft, { dryRun, caller }), {
      maxWait: 5_000,
      timeout: 40_000,
    });
  } catch (error) {
    if (error instanceof DryRunDone) return error.report;
    if (error instanceof SlugTakenError || isUniqueViolation(error, 'slug')) throw slugTaken(parsed.draft);
    throw error;
  }
}

async function write(
  tx: Tx,
  draft: CourseDraft,
  { dryRun, caller }: { dryRun: boolean; caller: Caller },
): Promise<ReturnType<typeof reportOf>> {
  const saved = await saveDraft(tx, draft, caller.userId);
  const stored = await loadDraft(tx, saved.courseId);
  if (!stored) throw new Error('the course that was just written is not there');
  const named = namedMedia(stored);
  await forgetUnnamed(
    tx,
    saved.courseId,
    named.map(({ path }) => path),
  );
  const missing = await findMissingMedia(tx, saved.courseId, named);
  const report = reportOf({ saved, stored, missing, dryRun });
  // What a dry run wrote is rolled back: so it finds exactly what an import would.
  if (dryRun) throw new DryRunDone(report);
  return report;
}

class DryRunDone extends Error {
  readonly report: ReturnType<typeof reportOf>;
  constructor(report: ReturnType<typeof reportOf>) {
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
}) {
  // Ids of a new course in a dry run were made up.
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
    { file: 'course.yaml', path: 'slug', message: `${slug} is the slug of another course`, line: null },
  ]);
}
