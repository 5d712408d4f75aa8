import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { eventuallyPasses } from '@lms/testing';
import { type Harness, startHarness, type User } from '../testing/harness.ts';
import { type PublishedSample, publishSample } from '../testing/sample-course.ts';
import { retireVersions } from './retire-versions.ts';

let harness: Harness;
let editor: User;
let sample: PublishedSample;
beforeAll(async () => {
  harness = await startHarness();
  editor = await harness.user('editor');
});
beforeEach(async () => {
  await harness.database.query('TRUNCATE content.courses CASCADE');
  sample = await publishSample(harness, editor);
});
afterAll(() => harness?.stop());

const sql = (text: string, ...values: unknown[]) => harness.database.query(text, values);
const run = () => retireVersions(harness.deps, new AbortController().signal);
/** Publishes copies of version 1, up to `count` versions in all, all of them `days` old. */
async function publishMore(count: number, days: number): Promise<void> {
  await sql(
    `INSERT INTO content.course_versions (id, course_id, version, content_hash, slug, language, for_language, level, title, description, search_text, outline, lesson_count, published_by)
     SELECT uuidv7(), course_id, n, content_hash || n, slug, language, for_language, level, title, description, search_text, outline, lesson_count, published_by
     FROM content.course_versions, generate_series(2, $1::int) n WHERE version = 1`,
    count,
  );
  for (const [table, columns] of [
    ['version_lessons', 'lesson_id, unit_id, position, exercise_count, document'],
    ['version_exercises', 'exercise_id, lesson_id, position, kind, content'],
  ])
    await sql(
      `INSERT INTO content.${table} (version_id, ${columns}) SELECT v.id, ${columns} FROM content.${table} o
       JOIN content.course_versions first ON first.id = o.version_id AND first.version = 1
       JOIN content.course_versions v ON v.version > 1`,
    );
  await sql(
    `UPDATE content.courses SET latest_version = $1::int,
       published_version_id = (SELECT id FROM content.course_versions WHERE version = $1::int)`,
    count,
  );
  await sql(`UPDATE content.course_versions SET published_at = now() - $1::int * interval '1 day'`, days);
}
const anHourPasses = () =>
  sql(`UPDATE content.course_versions SET retired_at = retired_at - interval '61 minutes'`);
const numbers = async (condition: string) =>
  (await sql(`SELECT version FROM content.course_versions WHERE ${condition} ORDER BY version`)).map(
    ({ version }) => version,
  );
const contentOf = async (version: number) =>
  (
    await sql(
      `SELECT (SELECT count(*)::int FROM content.version_lessons WHERE version_id = v.id) AS lessons,
         (SELECT count(*)::int FROM content.version_exercises WHERE version_id = v.id) AS exercises
       FROM content.course_versions v WHERE version = $1`,
      version,
    )
  )[0];
const empty = { lessons: 0, exercises: 0 };
const courses = (path: string) => `/courses/${sample.courseId}/${path}`;

test('the newest 20 versions and those of the last 90 days stay, whatever their number', async () => {
  await publishMore(25, 89);
  await run();
  expect(await numbers('retired_at IS NOT NULL')).toEqual([]);
  await sql(`UPDATE content.course_versions SET published_at = now() - interval '91 days'`);
  await run();
  expect(await numbers('retired_at IS NOT NULL')).toEqual([1, 2, 3, 4, 5]);
});

test('a retired version loses its content an hour later, and can neither be listed nor published', async () => {
  await publishMore(22, 100);
  const before = await contentOf(3);
  await run();
  expect((await contentOf(1))?.exercises).toBeGreaterThan(0);
  await anHourPasses();
  await run();
  expect([await contentOf(1), await contentOf(2), await contentOf(3)]).toEqual([empty, empty, before]);
  expect(await numbers('emptied_at IS NOT NULL')).toEqual([1, 2]);
  const list = await harness.call(editor, 'GET', courses('versions?limit=50'));
  expect(list.body.items.map(({ version }: { version: number }) => version)).toEqual(
    Array.from({ length: 20 }, (_, place) => 22 - place),
  );
  expect((await harness.call(editor, 'POST', courses('rollback'), { body: { version: 2 } })).status).toBe(
    404,
  );
  expect((await harness.call(editor, 'POST', courses('rollback'), { body: { version: 3 } })).status).toBe(
    200,
  );
  // As a release would that does not know of retired versions.
  const publish = sql(
    'UPDATE content.courses SET published_version_id = (SELECT id FROM content.course_versions WHERE version = 1)',
  );
  await expect(publish).rejects.toThrow('a retired version cannot be published');
});

test('a published version is not retired, however old', async () => {
  await publishMore(25, 100);
  expect((await harness.call(editor, 'POST', courses('rollback'), { body: { version: 2 } })).status).toBe(
    200,
  );
  await run();
  expect(await numbers('retired_at IS NOT NULL')).toEqual([1, 3, 4, 5]);
});

test('an open attempt keeps its version for 90 days; then it continues in the published one, with its answers', async () => {
  const learner = await harness.user();
  const [lessonId] = sample.lessonIds;
  const started = await harness.call(learner, 'POST', `/lessons/${lessonId}/start`);
  expect(started.status).toBeLessThan(300);
  const lesson = await harness.call(learner, 'GET', `/lessons/${lessonId}`);
  await publishMore(22, 100);
  await run();
  await anHourPasses();
  await run();
  expect(await numbers('retired_at IS NOT NULL')).toEqual([2]);
  expect((await harness.call(learner, 'GET', `/lessons/${lessonId}`)).body.version).toBe(lesson.body.version);

  await sql(`UPDATE content.lesson_attempts SET started_at = now() - interval '91 days'`);
  await run();
  await anHourPasses();
  await run();
  expect(await contentOf(1)).toEqual(empty);
  // Which version is published is read once a second.
  await eventuallyPasses('the lesson is read from the published version', async () => {
    const later = await harness.call(learner, 'GET', `/lessons/${lessonId}`);
    expect([later.status, later.body.version]).toEqual([200, 22]);
  });
  const [attempt] = await sql(
    'SELECT v.version, a.completed_at FROM content.lesson_attempts a JOIN content.course_versions v ON v.id = a.version_id',
  );
  expect(attempt).toEqual({ version: 22, completed_at: null });
});

test('completed attempts and answers keep naming a retired version', async () => {
  const learner = await harness.user();
  const [lessonId] = sample.lessonIds;
  await harness.call(learner, 'POST', `/lessons/${lessonId}/start`);
  await sql('UPDATE content.lesson_attempts SET completed_at = now()');
  await publishMore(21, 100);
  await run();
  await anHourPasses();
  await run();
  expect(await contentOf(1)).toEqual(empty);
  const [attempt] = await sql(
    'SELECT v.version, v.content_hash <> $1 AS named FROM content.lesson_attempts a JOIN content.course_versions v ON v.id = a.version_id',
    '',
  );
  expect(attempt).toEqual({ version: 1, named: true });
});
