import { randomUUID } from 'node:crypto';
import type { TokenIssuer } from '@lms/testing';
import { strToU8, zipSync } from 'fflate';
import type pg from 'pg';
import { stringify } from 'yaml';
import { callApi } from './call-api.ts';
import { type CourseData, createCourses, type LessonData } from './dataset.ts';

export interface Published {
  data: CourseData;
  lessons: { id: string; data: LessonData }[];
}

/** As an editor does it: import, attach files, publish. */
export async function publishCourses(into: {
  url: string;
  issuer: TokenIssuer;
  pool: pg.Pool;
}): Promise<Published[]> {
  const { url, issuer, pool } = into;
  const published: Published[] = [];
  let editor = '';
  for (const [index, data] of createCourses().entries()) {
    // An editor may change sixty courses a minute.
    if (index % 15 === 0) editor = await issuer.tokenFor({ userId: randomUUID(), role: 'editor' });
    const headers = { authorization: `Bearer ${editor}`, 'content-type': 'application/json' };
    const { courseId, lessons, missingMedia } = await callApi<{
      courseId: string;
      lessons: { id: string; sourceKey: string }[];
      missingMedia: { path: string }[];
    }>(`${url}/api/v1/courses/import`, {
      ...{ method: 'POST', headers: { ...headers, 'content-type': 'application/zip' }, body: zipOf(data) },
    });
    const files = missingMedia.map(({ path }) => ({ path, assetId: randomUUID() }));
    await reportUploads(pool, files);
    await callApi(`${url}/api/v1/courses/${courseId}/media`, {
      ...{ method: 'PUT', headers, body: JSON.stringify({ files }) },
    });
    await callApi(`${url}/api/v1/courses/${courseId}/publish`, { method: 'POST', headers, body: '{}' });
    published.push({
      data,
      lessons: data.lessons.map((lesson) => {
        const found = lessons.find(({ sourceKey }) => sourceKey.endsWith(`/${lesson.name}`));
        if (!found) throw new Error(`the import does not report ${lesson.name}`);
        return { id: found.id, data: lesson };
      }),
    });
  }
  return published;
}

/** Files as the media service would have reported them, which does not run here. */
async function reportUploads(pool: pg.Pool, files: { path: string; assetId: string }[]): Promise<void> {
  await pool.query(
    `INSERT INTO content.media_assets (asset_id, owner_id, purpose, status, key, content_type, size_bytes, updated_at)
     SELECT id, gen_random_uuid(), 'lesson_audio', 'ready', 'lessons/' || id || '.mp3', 'audio/mpeg', 20000, now()
     FROM unnest($1::uuid[]) AS id`,
    [files.map(({ assetId }) => assetId)],
  );
}

function zipOf(course: CourseData): Uint8Array<ArrayBuffer> {
  const { slug, title, description, level, lessons } = course;
  const file = (value: object) => strToU8(stringify(value));
  const files = {
    'course.yaml': file({
      ...{ format: 'lms-course/v1', id: slug, slug, language: 'es', forLanguage: 'en', level },
      ...{ title: { en: title }, description: { en: description }, units: ['one'] },
    }),
    'units/one/unit.yaml': file({ title: { en: 'One' }, lessons: lessons.map(({ name }) => name) }),
    ...Object.fromEntries(
      lessons.map((lesson) => [`units/one/${lesson.name}.yaml`, file(lessonFile(lesson))]),
    ),
  };
  return new Uint8Array(zipSync(files));
}

function lessonFile({ title, notes, items, choices, blanks }: LessonData): object {
  return {
    ...{ title: { en: title }, notes: { en: notes } },
    items: items.map(({ translations, ...item }) => ({ ...item, translations: { en: translations } })),
    exercises: [
      ...choices.map(({ key, question, options }) => ({
        ...{ key, kind: 'mcq', content: { question: { text: question }, options }, solution: { correct: 0 } },
      })),
      ...blanks.map(({ key, text, accepted }) => ({
        ...{ key, kind: 'fill_blank', content: { text }, solution: { blanks: [[accepted]] } },
      })),
    ],
  };
}

/** Every user has one course; each answers the exercises that are typed, correctly. */
export async function exercisesToAnswer(from: { url: string; published: Published[]; tokens: string[] }) {
  const { url, published, tokens } = from;
  const perCourse = await Promise.all(
    published.map(async ({ lessons }, index) => {
      const found: { exerciseId: string; answer: object }[] = [];
      for (const { id, data } of lessons) {
        const { exercises } = await callApi<{ exercises: { id: string; kind: string }[] }>(
          `${url}/api/v1/lessons/${id}`,
          { headers: { authorization: `Bearer ${tokens[index]}`, 'accept-language': 'en' } },
        );
        for (const exercise of exercises)
          if (exercise.kind === 'fill_blank')
            found.push({
              exerciseId: exercise.id,
              answer: { kind: 'fill_blank', blanks: [data.blanks[0]?.accepted] },
            });
      }
      return found;
    }),
  );
  const rounds = perCourse[0]?.length ?? 0;
  return Array.from({ length: rounds }, (_, round) =>
    tokens.map((token, user) => {
      const course = perCourse[user % perCourse.length] ?? [];
      return { token, ...(course[round] as (typeof course)[number]) };
    }),
  ).flat();
}
