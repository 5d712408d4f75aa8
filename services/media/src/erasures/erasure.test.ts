import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type CloudEvent, createConsumerTask, type EventData, topicName, topics } from '@lms/events';
import { createJobRunner } from '@lms/jobs';
import { createMetrics } from '@lms/runtime';
import { bindJobs } from '@lms/service';
import { v7 as uuidv7 } from 'uuid';
import { nobody } from '../assets/asset.ts';
import { media } from '../service.ts';
import { begin, type Harness, put, startHarness, testFile, type User, uploaded } from '../testing/harness.ts';
import { eraseUser } from './erase-user.ts';
import { onUserDeleted } from './on-user-deleted.ts';

let harness: Harness;
let mp3: Awaited<ReturnType<typeof testFile>>;
beforeAll(async () => {
  harness = await startHarness();
  mp3 = await testFile('tone.mp3', 'audio/mpeg');
});
afterAll(() => harness?.stop());

function userDeleted({ userId }: User): CloudEvent<'user.deleted'> {
  return eventOf(
    'user.deleted',
    { userId, erasureId: uuidv7(), deletedAt: new Date().toISOString() },
    userId,
  );
}

function eventOf<T extends 'user.deleted' | 'session.revoked'>(
  type: T,
  data: EventData<T>,
  subject: string,
): CloudEvent<T> {
  return {
    specversion: '1.0',
    id: uuidv7(),
    source: '/services/auth',
    type,
    subject,
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    dataschema: `urn:lms:event:${type}:1`,
    data,
  } as CloudEvent<T>;
}

const handle = (event: CloudEvent<'user.deleted'>) =>
  harness.deps.prisma.$transaction((tx) => onUserDeleted(event, { tx }));
const expireUrls = () =>
  harness.database.query("UPDATE media.assets SET upload_expires_at = now() - interval '1 hour'");
const keysOf = async (user: User) => (await harness.bucket.keys()).filter((key) => key.includes(user.userId));

describe('erasing a user', () => {
  test('removes their files, then reports it once', async () => {
    const user = await harness.user();
    const png = await testFile('dot.png', 'image/png');
    const assets = [
      await uploaded(harness, user, mp3),
      await uploaded(harness, user, mp3),
      await uploaded(harness, user, png, { purpose: 'avatar' }),
    ];
    const other = await harness.user();
    await uploaded(harness, other, mp3);
    expect(await keysOf(user)).toHaveLength(3);

    const event = userDeleted(user);
    await handle(event);
    expect(await harness.events(user.userId)).toHaveLength(0);
    await expireUrls();
    await eraseUser({ userId: user.userId }, harness.deps);
    await eraseUser({ userId: user.userId }, harness.deps);

    expect(await keysOf(user)).toEqual([]);
    expect(await keysOf(other)).toHaveLength(1);
    expect(
      await harness.database.query('SELECT 1 FROM media.assets WHERE owner_id = $1', [user.userId]),
    ).toEqual([]);
    expect(
      await harness.database.query('SELECT 1 FROM media.daily_uploads WHERE user_id = $1', [user.userId]),
    ).toEqual([]);
    for (const { assetId } of assets) {
      expect((await harness.events(assetId)).map(({ type }) => type)).toEqual([
        'asset.ready',
        'asset.deleted',
      ]);
    }
    expect(await harness.events(user.userId)).toMatchObject([
      {
        type: 'user.erased.media',
        data: { userId: user.userId, erasureId: event.data.erasureId, service: 'media' },
      },
    ]);
  });

  test('waits until every issued upload URL has expired', async () => {
    const user = await harness.user();
    const { body } = await begin(harness, user, mp3);
    await handle(userDeleted(user));
    await eraseUser({ userId: user.userId }, harness.deps);
    expect((await put(body, mp3.bytes)).status).toBe(200);
    expect(await harness.events(user.userId)).toHaveLength(0);
    const waiting = (await harness.jobs()).filter(({ payload }) => payload.userId === user.userId);
    expect(waiting).toHaveLength(1);
    expect(waiting[0]?.run_at.getTime()).toBeGreaterThan(Date.now() + 20 * 60_000);

    await expireUrls();
    await eraseUser({ userId: user.userId }, harness.deps);
    expect(await keysOf(user)).toEqual([]);
    expect(await harness.events(user.userId)).toHaveLength(1);
  });

  test("keeps the finished files of lessons, without the uploader's id", async () => {
    const editor = await harness.user('editor');
    const lesson = { purpose: 'lesson_audio', lessonId: uuidv7() };
    const kept = await uploaded(harness, editor, mp3, lesson);
    const unfinished = await begin(harness, editor, mp3, lesson);
    await handle(userDeleted(editor));
    await expireUrls();
    await eraseUser({ userId: editor.userId }, harness.deps);
    const rows = await harness.database.query('SELECT id, owner_id FROM media.assets WHERE lesson_id = $1', [
      lesson.lessonId,
    ]);
    expect(rows).toEqual([{ id: kept.assetId, owner_id: nobody }]);
    expect(await harness.bucket.keys()).toContain(kept.key);
    expect((await harness.events(unfinished.body.assetId)).map(({ type }) => type)).toEqual([
      'asset.deleted',
    ]);
    const remover = await harness.user('editor');
    expect((await harness.call(remover, 'DELETE', `/media/${kept.assetId}`)).status).toBe(204);
  });

  test('keeps all lesson files of an editor with many, page by page', async () => {
    const editor = await harness.user('editor');
    await harness.database.query(
      `INSERT INTO media.assets (id, owner_id, purpose, lesson_id, status, key, content_type, size_bytes, checksum_sha256, upload_expires_at)
       SELECT uuidv7(), $1, 'lesson_image', $2, 'ready', 'lessons/many/' || n, 'image/png', 1, 'x', now() FROM generate_series(1, 450) n`,
      [editor.userId, uuidv7()],
    );
    const own = await uploaded(harness, editor, mp3);
    await handle(userDeleted(editor));
    await expireUrls();
    await eraseUser({ userId: editor.userId }, harness.deps);
    const kept = await harness.database.query(
      "SELECT DISTINCT owner_id, count(*) OVER () AS files FROM media.assets WHERE key LIKE 'lessons/many/%'",
    );
    expect(kept).toEqual([{ owner_id: nobody, files: '450' }]);
    expect(await harness.bucket.keys()).not.toContain(own.key);
    expect(await harness.events(editor.userId)).toMatchObject([{ type: 'user.erased.media' }]);
  });

  test('refuses further uploads', async () => {
    const user = await harness.user();
    await handle(userDeleted(user));
    expect(await begin(harness, user, mp3)).toMatchObject({ status: 401, body: { code: 'session_revoked' } });
  });

  test('also covers uploads that begin at the same time', async () => {
    const user = await harness.user();
    const [answers] = await Promise.all([
      Promise.all(Array.from({ length: 20 }, () => begin(harness, user, mp3))),
      handle(userDeleted(user)),
    ]);
    await expireUrls();
    await eraseUser({ userId: user.userId }, harness.deps);
    expect(answers.every(({ status }) => status === 201 || status === 401)).toBe(true);
    expect(
      await harness.database.query('SELECT 1 FROM media.assets WHERE owner_id = $1', [user.userId]),
    ).toEqual([]);
    expect(await harness.events(user.userId)).toHaveLength(1);
  });

  test('of a user without files is reported at once, and a duplicate event changes nothing', async () => {
    const user = await harness.user();
    const event = userDeleted(user);
    await handle(event);
    await handle(event);
    await eraseUser({ userId: user.userId }, harness.deps);
    expect(await harness.events(user.userId)).toHaveLength(1);
  });
});

test('through Kafka, user.deleted erases a user, and session.revoked ends a session', async () => {
  const sessionId = uuidv7();
  const leaving = await harness.user();
  const revoked = await harness.user('learner', sessionId);
  const asset = await uploaded(harness, leaving, mp3);
  await expireUrls();
  await harness.ensureTopics();
  const metrics = createMetrics({ service: 'media', nodeMetrics: false });
  const { deps, log } = harness;
  const topicPrefix = harness.config.KAFKA_TOPIC_PREFIX;
  const tasks = [
    createConsumerTask({
      kafka: deps.kafka,
      topicPrefix,
      service: 'media',
      consumers: media.consumers,
      deps,
      runTransaction: (work) => deps.prisma.$transaction(work),
      log,
      metrics,
    }),
    createJobRunner({
      pool: deps.pool,
      service: 'media',
      handlers: bindJobs(media.jobs, deps),
      log,
      metrics,
    }),
  ];
  const producer = await deps.kafka.createProducer();
  try {
    await Promise.all(tasks.map((task) => task.start()));
    const revocation = eventOf(
      'session.revoked',
      {
        sessionId,
        userId: revoked.userId,
        reason: 'logout',
        accessTokensExpireAt: new Date(Date.now() + 600_000).toISOString(),
        revokedAt: new Date().toISOString(),
      },
      revoked.userId,
    );
    const topic = topicName(topicPrefix, topics.auth);
    const messageOf = (event: CloudEvent) => ({ topic, key: event.subject, value: JSON.stringify(event) });
    const deletion = userDeleted(leaving);
    await producer.send([messageOf(revocation), messageOf(deletion), messageOf(deletion)]);

    for (let tries = 0; (await harness.events(leaving.userId)).length === 0 && tries < 200; tries++)
      await sleep(100);
    expect(await harness.events(leaving.userId)).toMatchObject([{ type: 'user.erased.media' }]);
    expect(await harness.bucket.keys()).not.toContain(asset.key);
    expect(await harness.call(revoked, 'GET', `/media/${asset.assetId}`)).toMatchObject({
      status: 401,
      body: { code: 'session_revoked' },
    });
  } finally {
    await producer.close();
    await Promise.all(tasks.map((task) => task.stop()));
  }
});
