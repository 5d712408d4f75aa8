import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { v7 as uuidv7 } from 'uuid';
import { onAssetDeleted, onAssetReady } from '../media/on-asset-events.ts';
import { eventOf, handle } from '../testing/events.ts';
import { type Answer, type Harness, ifNoneMatch, startHarness, type User } from '../testing/harness.ts';
import { importZip, publishSample, sampleCourse, zipOfCourse } from '../testing/sample-course.ts';

let harness: Harness;
let editor: User;
let learner: User;
beforeAll(async () => {
  harness = await startHarness();
  editor = await harness.user('editor');
  learner = await harness.user();
});
afterAll(() => harness?.stop());

const publish = (courseId: string, body: object = { allowMissingMedia: true }): Promise<Answer> =>
  harness.call(editor, 'POST', `/courses/${courseId}/publish`, { body });
const titleOf = async (courseId: string): Promise<string> =>
  (await harness.call(learner, 'GET', `/courses/${courseId}?locale=en`)).body.title;
const attach = (courseId: string, files: { path: string; assetId: string }[]): Promise<Answer> =>
  harness.call(editor, 'PUT', `/courses/${courseId}/media`, { body: { files } });
const published = async (courseId: string) =>
  (await harness.events(courseId)).map(({ data }) => (data as { version: number }).version);

/** A lesson file, as the media service reports it. */
async function ready(
  lessonId: string,
  { assetId = uuidv7(), purpose = 'lesson_audio' as 'lesson_audio' | 'lesson_image' | 'recording' } = {},
): Promise<string> {
  const folder = purpose === 'lesson_audio' ? 'audio' : 'images';
  await handle(
    harness,
    onAssetReady,
    eventOf('asset.ready', {
      assetId,
      ownerId: editor.userId,
      purpose,
      lessonId,
      key:
        purpose === 'recording'
          ? `users/x/recordings/${assetId}`
          : `lessons/${lessonId}/${folder}/${assetId}`,
      contentType: 'audio/mpeg',
      sizeBytes: 10,
      durationMs: 10,
      readyAt: new Date().toISOString(),
    }),
  );
  return assetId;
}

describe('versions', () => {
  test('learners read a version while the draft changes, and an earlier version can be published again', async () => {
    const draft = sampleCourse();
    const { courseId, lessonIds } = await publishSample(harness, editor, draft);
    expect(await titleOf(courseId)).toBe('Easy English');
    await importZip(harness, editor, await zipOfCourse({ ...draft, title: { en: 'Second edition' } }));
    expect(await titleOf(courseId)).toBe('Easy English');
    expect((await publish(courseId)).body).toMatchObject({ version: 2, changed: true });
    expect(await titleOf(courseId)).toBe('Second edition');

    const back = await harness.call(editor, 'POST', `/courses/${courseId}/rollback`, {
      body: { version: 1 },
    });
    expect(back).toMatchObject({ status: 200, body: { version: 1, changed: true } });
    expect(await titleOf(courseId)).toBe('Easy English');
    const again = await harness.call(editor, 'POST', `/courses/${courseId}/rollback`, {
      body: { version: 1 },
    });
    expect(again.body.changed).toBe(false);
    // The draft is still the second edition, and that is version 2.
    expect((await publish(courseId)).body).toMatchObject({ version: 2, changed: true });
    expect(await published(courseId)).toEqual([1, 2, 1, 2]);

    const versions = await harness.call(editor, 'GET', `/courses/${courseId}/versions?limit=1`);
    expect(versions.body.items).toMatchObject([{ version: 2 }]);
    const next = await harness.call(
      editor,
      'GET',
      `/courses/${courseId}/versions?cursor=${versions.body.nextCursor}`,
    );
    expect(next.body).toMatchObject({ items: [{ version: 1 }], nextCursor: null });

    expect((await harness.call(editor, 'POST', `/courses/${courseId}/unpublish`)).status).toBe(204);
    expect((await harness.call(learner, 'GET', `/courses/${courseId}`)).status).toBe(404);
    expect((await harness.call(learner, 'GET', `/lessons/${lessonIds[0]}`)).status).toBe(404);
    expect((await publish(courseId)).body).toMatchObject({ version: 2, changed: true });
    expect(await titleOf(courseId)).toBe('Second edition');
  });

  test('two simultaneous publishes create one version', async () => {
    const { body } = await importZip(harness, editor, await zipOfCourse(sampleCourse()));
    const answers = await Promise.all([
      publish(body.courseId),
      publish(body.courseId),
      publish(body.courseId),
    ]);
    expect(answers.map((answer) => answer.body.version)).toEqual([1, 1, 1]);
    expect(answers.filter((answer) => answer.body.changed)).toHaveLength(1);
    expect(await published(body.courseId)).toEqual([1]);
  });

  test('a version cannot be changed, not even by a later import', async () => {
    const draft = sampleCourse();
    const { courseId, lessonIds } = await publishSample(harness, editor, draft);
    const before = await harness.call(learner, 'GET', `/lessons/${lessonIds[0]}`);
    const [unit] = draft.units;
    const changed = { ...draft, units: [{ ...unit, lessons: unit?.lessons.slice(1) }] } as typeof draft;
    await importZip(harness, editor, await zipOfCourse(changed));
    const after = await harness.call(learner, 'GET', `/lessons/${lessonIds[0]}`);
    expect(after.body).toEqual(before.body);
    await publish(courseId);
    expect((await harness.call(learner, 'GET', `/lessons/${lessonIds[0]}`)).status).toBe(404);
  });

  test('names what a course lacks, and refuses learners and callers without a token', async () => {
    const { body } = await importZip(harness, editor, await zipOfCourse(sampleCourse()));
    const refused = await publish(body.courseId, {});
    expect(refused).toMatchObject({ status: 409, body: { code: 'course_not_publishable' } });
    expect(refused.body.errors).toEqual([
      { path: 'media/audio/seven.mp3', message: expect.stringContaining('unit-1/all-kinds/listening') },
      { path: 'media/audio/a.mp3', message: expect.stringContaining('unit-1/all-kinds/dictation') },
    ]);
    for (const path of ['publish', 'unpublish', 'rollback']) {
      const answer = await harness.call(learner, 'POST', `/courses/${body.courseId}/${path}`, { body: {} });
      expect([path, answer.status]).toEqual([path, 403]);
    }
    expect((await publish(uuidv7())).status).toBe(404);
    const noVersion = await harness.call(editor, 'POST', `/courses/${body.courseId}/rollback`, {
      body: { version: 7 },
    });
    expect(noVersion.status).toBe(404);
  });
});

describe('PUT /courses/{id}/media', () => {
  test('files show once the media service has reported them, in the draft and where the version had none', async () => {
    const { courseId, lessonIds } = await publishSample(harness, editor);
    const lessonId = lessonIds[0] as string;
    const audioOf = async (query = '') =>
      (await harness.call(query ? editor : learner, 'GET', `/lessons/${lessonId}${query}`)).body.items[0]
        .audioUrl;
    const assetId = uuidv7();
    const attached = await attach(courseId, [{ path: 'media/audio/a.mp3', assetId }]);
    expect(attached).toMatchObject({ status: 200, body: { attached: 1 } });
    expect(await audioOf()).toBeNull();
    await ready(lessonId, { assetId });
    const url = `https://cdn.example.com/lessons/${lessonId}/audio/${assetId}`;
    expect(await audioOf()).toBe(url);
    expect(await audioOf('?draft=true')).toBe(url);

    // Files of a version are never replaced: a different file shows with the next version.
    const better = await ready(lessonId);
    await attach(courseId, [{ path: 'media/audio/a.mp3', assetId: better }]);
    expect(await audioOf()).toBe(url);
    expect((await publish(courseId)).body).toMatchObject({ version: 2, changed: true });
    expect(await audioOf()).toContain(better);

    const gone = { assetId: better, ownerId: editor.userId, purpose: 'lesson_audio' as const };
    await handle(
      harness,
      onAssetDeleted,
      eventOf('asset.deleted', { ...gone, deletedAt: new Date().toISOString() }),
    );
    expect(await audioOf()).toBeNull();
    // After a file is deleted, its path has none.
    await attach(courseId, [{ path: 'media/audio/a.mp3', assetId }]);
    expect(await audioOf()).toBe(url);
  });

  test('a course is published without allowMissingMedia when it has every file that its exercises need', async () => {
    const { body } = await importZip(harness, editor, await zipOfCourse(sampleCourse()));
    const audio = body.missingMedia.filter(({ kind }: { kind: string }) => kind === 'audio');
    const files = await Promise.all(
      audio.map(async ({ path, lessonId }: { path: string; lessonId: string }) => ({
        path,
        assetId: await ready(lessonId),
      })),
    );
    const attached = await attach(body.courseId, files);
    expect(attached.body).toEqual({ attached: 2, missing: body.missingMedia.length - 2 });
    expect(await publish(body.courseId, {})).toMatchObject({
      status: 200,
      body: { missingMedia: attached.body.missing },
    });
    const again = await importZip(harness, editor, await zipOfCourse(sampleCourse({ sourceKey: 'lms:x' })));
    expect(again.body.missingMedia.length).toBe(body.missingMedia.length);
  });

  test('refuses paths that the course does not name, and files of another kind', async () => {
    const { courseId, lessonIds } = await publishSample(harness, editor);
    const image = await ready(lessonIds[0] as string, { purpose: 'lesson_image' });
    const recording = await ready(lessonIds[0] as string, { purpose: 'recording' });
    const refused = await attach(courseId, [
      { path: 'media/audio/a.mp3', assetId: image },
      { path: 'media/audio/seven.mp3', assetId: recording },
      { path: '../../etc/passwd', assetId: image },
    ]);
    expect(refused.status).toBe(400);
    expect(refused.body.errors).toEqual([
      { path: 'body.files.0.assetId', message: 'is not an upload with purpose lesson_audio' },
      { path: 'body.files.1.assetId', message: 'is not an upload with purpose lesson_audio' },
      { path: 'body.files.2.path', message: 'is not a path in the course' },
    ]);
    // A recording that was attached before it was reported is not shown to anybody.
    const early = uuidv7();
    await attach(courseId, [{ path: 'media/audio/a.mp3', assetId: early }]);
    await ready(lessonIds[0] as string, { assetId: early, purpose: 'recording' });
    const lesson = await harness.call(learner, 'GET', `/lessons/${lessonIds[0]}`);
    expect(lesson.bytes.toString()).not.toContain(early);
    const unnamed = await harness.call(learner, 'PUT', `/courses/${courseId}/media`, { body: { files: [] } });
    expect(unnamed.status).toBe(403);
  });
});

describe('GET /courses', () => {
  test('finds courses by language, level and words, ignoring case and accents', async () => {
    const { courseId } = await publishSample(harness, editor, sampleCourse({ language: 'ko', level: 'B2' }));
    const find = async (query: string) =>
      (await harness.call(learner, 'GET', `/courses?${query}`)).body.items.map(
        ({ id }: { id: string }) => id,
      );
    for (const query of [
      'language=ko&forLanguage=vi',
      'language=KO',
      'level=B2',
      `q=${encodeURIComponent('tiếng anh')}&language=ko`,
      'q=TIENG+de&language=ko',
      `q=${encodeURIComponent('khóa ĐẦU')}&language=ko`,
      'q=first+easy&language=ko',
    ])
      expect([query, await find(query)]).toEqual([query, [courseId]]);
    for (const query of [
      'language=ko&forLanguage=en',
      'language=kok',
      'language=ko&level=A1',
      'language=ko&q=100%25',
    ])
      expect([query, await find(query)]).toEqual([query, []]);
    const wrong = await harness.call(learner, 'GET', '/courses?language=!&level=Z9&limit=1000&cursor=x');
    expect(wrong.body.errors.map(({ path }: { path: string }) => path).sort()).toEqual([
      'query.language',
      'query.level',
      'query.limit',
    ]);
    const cursor = await harness.call(learner, 'GET', '/courses?cursor=x');
    expect(cursor).toMatchObject({ status: 400, body: { code: 'invalid_cursor' } });
  });

  test('pages do not overlap', async () => {
    const courses = [1, 2, 3].map(() => sampleCourse({ language: 'ja' }));
    const ids: string[] = [];
    for (const course of courses) ids.push((await publishSample(harness, editor, course)).courseId);
    const seen: string[] = [];
    for (let cursor = ''; ; ) {
      const page = await harness.call(
        learner,
        'GET',
        `/courses?language=ja&limit=2${cursor && `&cursor=${cursor}`}`,
      );
      seen.push(...page.body.items.map(({ id }: { id: string }) => id));
      cursor = page.body.nextCursor;
      if (!cursor) break;
    }
    expect(seen).toEqual(ids);
  });

  test('responds 304 while shared content is unchanged', async () => {
    const draft = sampleCourse();
    const { courseId, lessonIds } = await publishSample(harness, editor, draft);
    for (const path of ['/courses', `/courses/${courseId}`, `/lessons/${lessonIds[0]}`]) {
      const first = await harness.call(learner, 'GET', path);
      const etag = first.headers.get('etag') as string;
      expect(first.headers.get('cache-control')).toBe('private, no-cache');
      const same = await harness.call(learner, 'GET', path, { headers: ifNoneMatch(etag) });
      expect([path, same.status, same.bytes.length]).toEqual([path, 304, 0]);
      const vietnamese = await harness.call(learner, 'GET', path, {
        headers: { ...ifNoneMatch(etag), 'accept-language': 'en' },
      });
      expect([path, vietnamese.status]).toEqual([path, 200]);
    }
  });
});
