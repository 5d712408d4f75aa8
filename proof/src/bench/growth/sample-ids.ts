import type pg from 'pg';

type Row = Record<string, string>;

/** Ids in the data of data.sql that stand for typical and extreme cases. */
export async function sampleIds(client: pg.Client) {
  const find = async (sql: string, ...values: unknown[]): Promise<Row> => {
    const [row] = (await client.query(sql, values)).rows as Row[];
    if (!row) throw new Error(`the data has no row for: ${sql}`);
    return row;
  };
  const id = async (sql: string, ...values: unknown[]) => (await find(sql, ...values)).id as string;
  const lastAttempt = (userId: string) =>
    find(
      `SELECT id::text, user_id::text AS "userId", course_id::text AS "courseId", lesson_id::text AS "lessonId",
         version_id::text AS "versionId" FROM content.lesson_attempts WHERE user_id = $1 ORDER BY started_at DESC LIMIT 1`,
      userId,
    );
  const heavy = await id('SELECT id::text FROM gen.learners WHERE l = 1');
  const typical = await id(
    `SELECT user_id::text AS id FROM content.lesson_attempts GROUP BY user_id HAVING count(*) <= 3 ORDER BY user_id LIMIT 1`,
  );
  const versionsOf = (course: number) =>
    find(
      `SELECT c.id::text, v.id::text AS "versionId", old.id::text AS "oldVersionId",
         previous.id::text AS "previousVersionId" FROM gen.courses c
       JOIN gen.versions v ON v.c = c.c AND v.v = c.versions JOIN gen.versions old ON old.c = c.c AND old.v = 1
       JOIN gen.versions previous ON previous.c = c.c AND previous.v = greatest(1, c.versions - 1) WHERE c.c = $1`,
      course,
    );
  const week = await id(`SELECT date_trunc('week', now())::date::text AS id`);
  const ofWeek = (place: number) =>
    id(
      `SELECT user_id::text AS id FROM content.weekly_xp WHERE week = $1 ORDER BY xp, user_id
       OFFSET (SELECT floor(count(*) * $2::float8)::int FROM content.weekly_xp WHERE week = $1)`,
      week,
      place,
    );
  return {
    heavy,
    typical,
    week,
    /** The heavy learner's last attempt. */
    lastAttempt: await lastAttempt(heavy),
    /** Of the heavy learner's last lesson. */
    exercise: await id(
      `SELECT e.exercise_id::text AS id FROM content.version_exercises e JOIN content.lesson_attempts a
         ON a.version_id = e.version_id AND a.lesson_id = e.lesson_id
       WHERE a.user_id = $1 ORDER BY a.started_at DESC, e.position LIMIT 1`,
      heavy,
    ),
    /** A course with 20 versions, and the one with most lessons and exercises. */
    popular: await versionsOf(1),
    biggest: await versionsOf(2000),
    inPopular: await find(
      `SELECT l.id::text AS "lessonId", e.id::text AS "exerciseId" FROM gen.lessons l
       JOIN gen.exercises e ON e.k = l.k AND e.e = 2 WHERE l.c = 1 AND l.pos = 2`,
    ),
    leader: { first: await ofWeek(0.9999), middle: await ofWeek(0.5), last: await ofWeek(0) },
    rareWord: await id('SELECT word AS id FROM gen.words WHERE w = 311'),
    editor: await id('SELECT id::text FROM gen.users WHERE n = 6'),
    user: await find(
      'SELECT id::text, email FROM auth.users WHERE suspended_at IS NULL ORDER BY id DESC OFFSET 700 LIMIT 1',
    ),
    suspended: await id('SELECT id::text FROM auth.users WHERE suspended_at IS NOT NULL ORDER BY id LIMIT 1'),
    manyLearners: (
      await client.query<Row>('SELECT id::text FROM gen.learners WHERE l % 19 = 3 ORDER BY id LIMIT 200')
    ).rows.map((row) => row.id as string),
    mostSessions: await id(
      'SELECT user_id::text AS id FROM auth.sessions GROUP BY user_id ORDER BY count(*) DESC LIMIT 1',
    ),
    session: await id('SELECT id::text FROM auth.sessions WHERE revoked_at IS NULL ORDER BY id DESC LIMIT 1'),
    authErasure: await id('SELECT id::text FROM auth.erasures WHERE completed_at IS NULL LIMIT 1'),
    submission: await find(
      'SELECT id::text, answer_id::text AS "answerId", user_id::text AS "userId" FROM content.submissions LIMIT 1',
    ),
    /** An answer that was not submitted for grading. */
    plainAnswer: await id("SELECT id::text FROM content.answers WHERE kind = 'mcq' LIMIT 1"),
    oldSubmission: await find(
      `SELECT id::text, to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MSZ') AS "createdAt" FROM content.submissions
       WHERE user_id = $1 ORDER BY created_at OFFSET 30 LIMIT 1`,
      heavy,
    ),
    asset: await id("SELECT id::text FROM media.assets WHERE status = 'pending' LIMIT 1"),
    lessonFiles: (
      await client.query<Row>(
        "SELECT id::text FROM media.assets WHERE owner_id = (SELECT id FROM gen.users WHERE n = 6) AND purpose = 'lesson_audio' ORDER BY id LIMIT 200",
      )
    ).rows.map((row) => row.id as string),
    readyAsset: await id(
      "SELECT asset_id::text AS id FROM content.media_assets WHERE status = 'ready' LIMIT 1",
    ),
    recording: await find(
      'SELECT asset_id::text AS "assetId", owner_id::text AS "ownerId" FROM ai.recordings LIMIT 1',
    ),
    grading: await find("SELECT id::text, attempts FROM ai.grading_jobs WHERE status = 'queued' LIMIT 1"),
  };
}

export type SampleIds = Awaited<ReturnType<typeof sampleIds>>;
