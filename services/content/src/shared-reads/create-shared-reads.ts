import { databaseUnavailable, type Sql } from '@lms/postgres';
import { LRUCache } from 'lru-cache';
import type { ExercisePlace } from '../answers/answer-store.ts';
import { findVersionMedia } from '../courses/course-media-store.ts';
import {
  type CourseQuery,
  findPublishedVersions,
  findVersionCourse,
  type VersionCourse,
} from '../courses/course-store.ts';
import { type ListedCourses, readListedCourses } from '../courses/listed-courses.ts';
import { documentMedia } from '../courses/version-content.ts';
import { findPublishedPlaces, findVersionLesson, type VersionLesson } from '../lessons/lesson-store.ts';
import type { LocalisedText } from '../localised-texts/localised-text.ts';
import { type KnownLanguages, knownLanguages } from '../localised-texts/relevant-languages.ts';
import { createPreparedBodies, type PreparedBodies } from './prepared-bodies.ts';
import { createPublishedReads, type PublishedReads } from './published-reads.ts';
import { createRecentReads, type RecentReads } from './recent-reads.ts';

/** A lesson of a version, and what is derived from it once. */
export interface SharedLesson {
  lesson: VersionLesson;
  languages: KnownLanguages;
  paths: readonly string[];
  sizeBytes: number;
}

/** A course of a version without its lessons' content, and what is derived from it once. */
export interface SharedCourse {
  course: VersionCourse;
  languages: KnownLanguages;
  paths: readonly string[];
  sizeBytes: number;
}

/**
 * Reads that all learners share, kept in this process for as long as they are true, or for a second. Limits of memory
 * are per process.
 */
export interface SharedReads {
  lessons: PublishedReads<SharedLesson>;
  courses: PublishedReads<SharedCourse>;
  /** Pages of published courses, by the JSON of their `CourseQuery`. */
  courseLists: RecentReads<ListedCourses>;
  bodies: PreparedBodies;
  /** Where learners without an open attempt saw exercises last; whoever uses it must check it. */
  exercisePlaces: LRUCache<string, ExercisePlace>;
  /** Call it after a commit that changes what is published, so that this process shows it at once. */
  forget(): void;
}

const mebibyte = 1024 * 1024;
/** Parsed JSON occupies about this many times its text. */
const parsedFactor = 3;

export function createSharedReads({ sql }: { sql: Sql }): SharedReads {
  const isSourceDown = databaseUnavailable;
  const findMedia = (versionId: string, paths: readonly string[]) => findVersionMedia(sql, versionId, paths);
  const lessons = createPublishedReads<SharedLesson>({
    findPlaces: (questions) => findPublishedPlaces(sql, questions),
    findContent: async (versionId, lessonId) => {
      const lesson = await findVersionLesson(sql, versionId, lessonId);
      return lesson && shareLesson(lesson);
    },
    ...{ findMedia, isSourceDown, maxBytes: 12 * mebibyte },
  });
  const courses = createPublishedReads<SharedCourse>({
    findPlaces: (questions) => findPublishedVersions(sql, questions),
    findContent: async (versionId) => {
      const course = await findVersionCourse(sql, versionId);
      return course && shareCourse(course);
    },
    ...{ findMedia, isSourceDown, maxBytes: 4 * mebibyte },
  });
  const courseLists = createRecentReads<ListedCourses>({
    load: (key) => readListedCourses(sql, JSON.parse(key) as CourseQuery),
    ...{ maxAgeMs: 1_000, maxAgeWithoutSourceMs: 30_000, isSourceDown },
    maxBytes: 4 * mebibyte,
    sizeOf: ({ sizeBytes }) => parsedFactor * sizeBytes,
  });
  return {
    ...{ lessons, courses, courseLists },
    bodies: createPreparedBodies({ maxBytes: 8 * mebibyte }),
    exercisePlaces: new LRUCache({ max: 10_000 }),
    forget() {
      lessons.forget();
      courses.forget();
      courseLists.forget();
    },
  };
}

function shareLesson(lesson: VersionLesson): SharedLesson {
  const { document, exercises } = lesson;
  return {
    lesson,
    languages: knownLanguages([
      document.title,
      document.notes,
      ...document.items.map(({ translations }) => translations),
      ...exercises.flatMap(({ exercise }) => [exercise.prompt, exercise.explanation]),
    ]),
    paths: documentMedia(
      document,
      exercises.map(({ exercise }) => exercise),
    ),
    sizeBytes: sizeOf(lesson),
  };
}

function shareCourse(course: VersionCourse): SharedCourse {
  const units = course.outline;
  const titles: LocalisedText[] = units.flatMap(({ title, lessons }) => [
    title,
    ...lessons.map((lesson) => lesson.title),
  ]);
  return {
    course,
    languages: knownLanguages([course.title, course.description, ...titles]),
    paths: units.flatMap(({ lessons }) => lessons.flatMap(({ image }) => image ?? [])),
    sizeBytes: sizeOf(course),
  };
}

const sizeOf = (value: object) => parsedFactor * JSON.stringify(value).length;
