import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { zipSync } from 'fflate';
import { type Harness, ifNoneMatch, startHarness, type User } from '../testing/harness.ts';
import { importZip, publishSample, sampleCourse, zipOf, zipOfCourse } from '../testing/sample-course.ts';

let harness: Harness;
let editor: User;
let learner: User;
beforeAll(async () => {
  harness = await startHarness();
  editor = await harness.user('editor');
  learner = await harness.user();
});
afterAll(() => harness?.stop());

describe('POST /courses/import', () => {
  test('creates a draft that learners do not see, and names the files that it needs', async () => {
    const draft = sampleCourse();
    const { status, body } = await importZip(harness, editor, await zipOfCourse(draft));
    expect(status).toBe(201);
    expect(body).toMatchObject({
      created: true,
      changed: true,
      dryRun: false,
      contentHash: expect.stringMatching(/^[0-9a-f]{64}$/),
      counts: { units: 1, lessons: 2, items: 1, exercises: 10 },
      units: [{ sourceKey: 'unit-1' }],
      lessons: [{ sourceKey: 'unit-1/all-kinds', exercises: 9 }, { sourceKey: 'unit-1/second' }],
    });
    expect(body.missingMedia).toContainEqual({
      path: 'media/audio/seven.mp3',
      kind: 'audio',
      lessonId: body.lessons[0].id,
    });
    for (const path of [`/courses/${body.courseId}`, `/lessons/${body.lessons[0].id}`]) {
      expect((await harness.call(learner, 'GET', path)).status).toBe(404);
      expect((await harness.call(learner, 'GET', `${path}?draft=true`)).status).toBe(404);
      expect((await harness.call(editor, 'GET', path)).status).toBe(404);
      expect((await harness.call(editor, 'GET', `${path}?draft=true`)).body).toMatchObject({ version: null });
    }
    const list = await harness.call(learner, 'GET', '/courses?limit=100');
    expect(list.body.items.map(({ id }: { id: string }) => id)).not.toContain(body.courseId);
    const drafts = await harness.call(editor, 'GET', '/courses?draft=true&limit=100');
    expect(drafts.body.items).toContainEqual(expect.objectContaining({ id: body.courseId, version: null }));
    expect((await harness.call(learner, 'GET', '/courses?draft=true')).status).toBe(404);
  });

  test('an unchanged import changes nothing; a changed one keeps ids by key and deletes removed parts', async () => {
    const draft = sampleCourse();
    const first = await importZip(harness, editor, await zipOfCourse(draft));
    const again = await importZip(harness, editor, await zipOfCourse(draft));
    expect(again).toMatchObject({ status: 200, body: { created: false, changed: false } });
    expect(again.body).toMatchObject({ lessons: first.body.lessons, contentHash: first.body.contentHash });

    const [unit] = draft.units;
    if (!unit) throw new Error('no unit');
    const without = { ...draft, units: [{ ...unit, lessons: unit.lessons.slice(0, 1) }] };
    delete without.license;
    const smaller = await importZip(harness, editor, await zipOfCourse(without));
    expect(smaller.body).toMatchObject({ changed: true, counts: { lessons: 1 } });
    const seen = await harness.call(editor, 'GET', `/courses/${first.body.courseId}?draft=true`);
    expect(seen.body.license).toBeNull();

    const back = await importZip(harness, editor, await zipOfCourse(draft));
    expect(back.body.lessons).toEqual(first.body.lessons);
    expect(back.body.contentHash).toBe(first.body.contentHash);
  });

  test('a dry run reports the same and changes nothing', async () => {
    const draft = sampleCourse();
    const dry = await importZip(harness, editor, await zipOfCourse(draft), '?dryRun=true');
    expect(dry).toMatchObject({
      status: 200,
      body: { courseId: null, created: true, dryRun: true, counts: { exercises: 10 } },
    });
    expect(dry.body.lessons[0].id).toBeNull();
    const real = await importZip(harness, editor, await zipOfCourse(draft));
    expect(real.status).toBe(201);
    expect(real.body.contentHash).toBe(dry.body.contentHash);

    const changed = { ...draft, title: { en: 'Changed' } };
    await importZip(harness, editor, await zipOfCourse(changed), '?dryRun=true');
    const kept = await harness.call(editor, 'GET', `/courses/${real.body.courseId}?draft=true&locale=en`);
    expect(kept.body.title).toBe('Easy English');
  });

  test('only one of two simultaneous imports creates the course', async () => {
    const zip = await zipOfCourse(sampleCourse());
    const answers = await Promise.all([importZip(harness, editor, zip), importZip(harness, editor, zip)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 201]);
    expect(answers[0]?.body.courseId).toBe(answers[1]?.body.courseId);
  });

  test('names the file, line and field of every problem', async () => {
    const { status, body } = await importZip(
      harness,
      editor,
      zipOf({
        'course.yaml':
          'format: lms-course/v1\nid: bad\nslug: Bad Slug\nlanguage: en\nforLanguage: vi\ntitle: { en: Bad }\ndescription: { en: Bad }\nunits: [one]\n',
        'units/one/unit.yaml': 'title: { en: One }\nlessons: [a]\n',
        'units/one/a.yaml':
          'title: { en: A }\nexercises:\n  - key: x\n    kind: mcq\n    content: { options: [a, b] }\n    solution: { correct: 5 }\n',
      }),
    );
    expect(status).toBe(422);
    expect(body.code).toBe('invalid_course');
    expect(body.errors).toContainEqual({
      path: 'course.yaml:3 slug',
      message: 'must be lower case letters, digits and hyphens',
    });
    const fixed = await importZip(
      harness,
      editor,
      zipOf({
        'course.yaml':
          'format: lms-course/v1\nid: bad\nslug: bad\nlanguage: en\nforLanguage: vi\ntitle: { en: Bad }\ndescription: { en: Bad }\nunits: [one]\n',
        'units/one/unit.yaml': 'title: { en: One }\nlessons: [a]\n',
        'units/one/a.yaml':
          'title: { en: A }\nexercises:\n  - key: x\n    kind: mcq\n    content: { options: [a, b] }\n    solution: { correct: 5 }\n',
      }),
    );
    expect(fixed.body.errors).toEqual([
      {
        path: 'units/one/a.yaml:6 exercises.0.solution.correct',
        message: expect.stringMatching(/no option 5/),
      },
    ]);
  });

  test('refuses the slug of another course', async () => {
    const { draft } = await publishSample(harness, editor);
    const other = sampleCourse({ slug: draft.slug });
    const { status, body } = await importZip(harness, editor, await zipOfCourse(other));
    expect(status).toBe(422);
    expect(body.errors).toEqual([
      { path: 'course.yaml slug', message: `${draft.slug} is already the slug of another course` },
    ]);
    const own = sampleCourse();
    await importZip(harness, editor, await zipOfCourse(own));
    const renamed = await importZip(harness, editor, await zipOfCourse({ ...own, slug: draft.slug }));
    expect(renamed.status).toBe(422);
  });

  test('refuses callers who are not editors, and files that are not a zip', async () => {
    const zip = await zipOfCourse(sampleCourse());
    expect((await importZip(harness, learner, zip)).status).toBe(403);
    expect((await harness.call(null, 'POST', '/courses/import', { zip })).status).toBe(401);
    expect((await harness.call(editor, 'POST', '/courses/import', { body: {} })).status).toBe(415);
    const noZip = await importZip(harness, editor, Buffer.from('not a zip at all'));
    expect(noZip).toMatchObject({ status: 422, body: { code: 'invalid_course' } });
  });
});

describe('GET /courses/{id}/export', () => {
  test('can be imported again as the same course', async () => {
    const { courseId, draft } = await publishSample(harness, editor);
    const exported = await harness.call(editor, 'GET', `/courses/${courseId}/export`);
    expect(exported.status).toBe(200);
    expect(exported.headers.get('content-disposition')).toContain(`${draft.slug}.zip`);
    const again = await importZip(harness, editor, exported.bytes);
    expect(again).toMatchObject({ status: 200, body: { courseId, changed: false } });
    const etag = exported.headers.get('etag') as string;
    const same = await harness.call(editor, 'GET', `/courses/${courseId}/export`, {
      headers: ifNoneMatch(etag),
    });
    expect(same.status).toBe(304);
    expect((await harness.call(learner, 'GET', `/courses/${courseId}/export`)).status).toBe(403);
  });
});

/** A real course: LMS_LIBRELINGO_COURSE, or a copy next to this repository if there is one. */
const libreLingo =
  process.env.LMS_LIBRELINGO_COURSE ??
  join(import.meta.dirname, '../../../../../shared/data/librelingo-es-from-en');

(!existsSync(libreLingo) ? describe.skip : describe)(
  'the real LibreLingo course (where LMS_LIBRELINGO_COURSE names it)',
  () => {
    test('can be imported, published and learned, and its export is the same course', async () => {
      const imported = await importZip(harness, editor, await zipOfFolder(libreLingo));
      expect(imported.body).toMatchObject({
        created: true,
        counts: { units: 3, lessons: expect.any(Number), exercises: expect.any(Number) },
      });
      expect(imported.body.counts.lessons).toBeGreaterThanOrEqual(12);
      expect(imported.body.counts.exercises).toBeGreaterThan(200);
      const { courseId, lessons } = imported.body;
      const exported = await harness.call(editor, 'GET', `/courses/${courseId}/export`);
      const again = await importZip(harness, editor, exported.bytes);
      expect(again.body).toMatchObject({ courseId, changed: false, lessons });

      const published = await harness.call(editor, 'POST', `/courses/${courseId}/publish`, { body: {} });
      expect(published).toMatchObject({ status: 200, body: { version: 1, changed: true } });
      const list = await harness.call(learner, 'GET', '/courses?language=es&forLanguage=en');
      expect(list.body.items).toMatchObject([{ id: courseId, title: 'Spanish for English speakers' }]);
      for (const { id } of lessons.slice(0, 3)) {
        const lesson = await harness.call(learner, 'GET', `/lessons/${id}`);
        expect(lesson.status).toBe(200);
        expect(lesson.body.exercises.length).toBeGreaterThan(0);
      }
    });
  },
);

async function zipOfFolder(folder: string): Promise<Uint8Array> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files: Record<string, Uint8Array> = {};
  for (const entry of entries.filter((each) => each.isFile())) {
    const path = join(entry.parentPath, entry.name);
    files[path.slice(folder.length + 1)] = await readFile(path);
  }
  return zipSync(files);
}
