import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { searchable } from '../localised-texts/localised-text.ts';
import { type Harness, startHarness, type User } from '../testing/harness.ts';
import { publishSample, sampleCourse } from '../testing/sample-course.ts';
import { type CourseQuery, listDrafts, listPublishedCourses } from './course-store.ts';

let harness: Harness;
let editor: User;
const tags = ['en', 'en-GB', 'en-gb-oxendict', 'eng', 'zh-Hant', 'vi'];
const titles = ['Tiếng Anh cơ bản', 'Ăn uống 100%', 'a_b', 'Où ça', 'x', '中文', 'Đi du lịch'];
beforeAll(async () => {
  harness = await startHarness();
  editor = await harness.user('editor');
  for (const [index, language] of tags.entries())
    for (const [other, forLanguage] of tags.slice(0, 3).entries())
      await publishSample(
        harness,
        editor,
        sampleCourse({
          ...{ language, forLanguage, level: index % 2 ? 'A1' : 'B2' },
          title: { vi: titles[(index + other) % titles.length] ?? '' },
        }),
      );
  // One that is only a draft, and one whose draft differs from what is published.
  await harness.database.query(
    `UPDATE content.courses SET published_version_id = NULL WHERE id = (SELECT min(id::text)::uuid FROM content.courses);
     UPDATE content.courses SET language = 'ko', search_text = 'something else' WHERE id = (SELECT max(id::text)::uuid FROM content.courses)`,
  );
});
afterAll(() => harness?.stop());

const nothing: CourseQuery = {
  ...{ language: undefined, forLanguage: undefined, level: undefined },
  ...{ words: [], after: undefined, limit: 100 },
};
/** The rule, over all courses: every word anywhere in the text, `en` also for `en-GB`, in order of ids. */
async function expected(table: 'v' | 'c', { language, forLanguage, level, words }: CourseQuery) {
  const rows = await harness.database.query<Record<string, string>>(
    `SELECT c.id, ${table}.language, ${table}.for_language AS other, ${table}.level, ${table}.search_text AS text
     FROM content.courses c LEFT JOIN content.course_versions v ON v.id = c.published_version_id
     WHERE ${table}.id IS NOT NULL ORDER BY c.id`,
  );
  const fits = (tag: string | undefined, wanted: string | undefined) =>
    wanted === undefined || `${tag?.toLowerCase()}-`.startsWith(`${wanted.toLowerCase()}-`);
  return rows
    .filter((row) => fits(row.language, language) && fits(row.other, forLanguage))
    .filter((row) => level === undefined || row.level === level)
    .filter((row) => words.every((word) => row.text?.includes(word)))
    .map(({ id }) => id);
}
const queries: Partial<CourseQuery>[] = [
  {},
  ...['en', 'EN', 'en-gb', 'eng', 'e', 'zh', 'zh-hant', 'xx'].map((language) => ({ language })),
  { language: 'en', forLanguage: 'en-GB' },
  { forLanguage: 'en', level: 'A1' },
  { language: 'vi', level: 'A1' },
  ...['tieng', 'ien', 'e', 'ng', '%', '_', 'a_b', '\\', 'uong', 'lich', 'zzz', '中', 'something'].map(
    (word) => ({
      words: [searchable(word)],
    }),
  ),
  { words: ['anh', 'ban'], language: 'en' },
  { words: ['co', 'zzz'] },
];

test.each(queries)('lists exactly what the filters and words mean: %j', async (query) => {
  const whole = { ...nothing, ...query };
  const idsOf = (rows: { id: string }[]) => rows.map(({ id }) => id);
  expect(idsOf(await listPublishedCourses(harness.deps.sql, whole))).toEqual(await expected('v', whole));
  expect(idsOf(await listDrafts(harness.deps.sql, whole))).toEqual(await expected('c', whole));
});

test('pages continue where the last one ended', async () => {
  for (const words of [[], ['e']]) {
    const all = await expected('v', { ...nothing, words });
    const query = { ...nothing, words, limit: 4, after: all[3] };
    expect((await listPublishedCourses(harness.deps.sql, query)).map(({ id }) => id)).toEqual(
      all.slice(4, 8),
    );
  }
});
