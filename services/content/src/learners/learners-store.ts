import { AppError } from '@lms/errors';
import type { SqlTransaction } from '@lms/postgres';

/** Creates or updates a user's data. An erased user stays erased. */
export async function saveLearner(
  tx: SqlTransaction,
  learner: { userId: string; locale: string; timeZone: string },
): Promise<void> {
  await tx.$executeRawUnsafe(
    `INSERT INTO learners AS l (user_id, locale, time_zone, updated_at) VALUES ($1::uuid, $2, $3, now())
     ON CONFLICT (user_id) DO UPDATE SET locale = EXCLUDED.locale, time_zone = EXCLUDED.time_zone, updated_at = now()
     WHERE l.erased_at IS NULL`,
    learner.userId,
    learner.locale,
    learner.timeZone,
  );
}

/**
 * Allows a user's request to write: the user cannot be erased until the transaction ends.
 * @throws AppError `session_revoked` if the user was erased but their token is still valid.
 */
export async function admitLearner(tx: SqlTransaction, userId: string): Promise<void> {
  const select = () =>
    tx.$queryRawUnsafe<{ erased: boolean }[]>(
      'SELECT erased_at IS NOT NULL AS erased FROM learners WHERE user_id = $1::uuid FOR KEY SHARE',
      userId,
    );
  let [learner] = await select();
  if (!learner) {
    await rememberLearners(tx, [userId]);
    [learner] = await select();
  }
  if (learner?.erased) throw new AppError('session_revoked', 'This account is being deleted.');
}

/**
 * Time zones of the users who were not erased, locked in order of their ids. A returned user cannot be erased
 * before this transaction ends, and projections of one user wait for each other only here. Unknown users are in
 * UTC. `userIds` must be sorted.
 */
export async function lockTimeZones(tx: SqlTransaction, userIds: string[]): Promise<Map<string, string>> {
  const select = () =>
    tx.$queryRawUnsafe<{ userId: string; timeZone: string; erased: boolean }[]>(
      `SELECT user_id::text AS "userId", time_zone AS "timeZone", erased_at IS NOT NULL AS erased
       FROM learners WHERE user_id = ANY($1::uuid[]) ORDER BY user_id FOR NO KEY UPDATE`,
      userIds,
    );
  let rows = await select();
  if (rows.length < userIds.length) {
    await rememberLearners(tx, userIds);
    rows = await select();
  }
  return new Map(rows.filter((row) => !row.erased).map((row) => [row.userId, row.timeZone]));
}

async function rememberLearners(tx: SqlTransaction, userIds: string[]): Promise<void> {
  await tx.$executeRawUnsafe(
    'INSERT INTO learners (user_id, updated_at) SELECT id, now() FROM unnest($1::uuid[]) AS id ON CONFLICT DO NOTHING',
    userIds,
  );
}

/** A condition on the user $1 that hides what is not deleted yet of one who was erased. */
export const notErased =
  'NOT EXISTS (SELECT FROM learners WHERE user_id = $1::uuid AND erased_at IS NOT NULL)';

/** A user's time zone; UTC for an unknown user. */
export async function findTimeZone(sql: SqlTransaction, userId: string): Promise<string> {
  const [learner] = await sql.$queryRawUnsafe<{ timeZone: string }[]>(
    'SELECT time_zone AS "timeZone" FROM learners WHERE user_id = $1::uuid',
    userId,
  );
  return learner?.timeZone ?? 'UTC';
}

/**
 * Marks a user as erased. Waits for writes of the user's own requests and blocks later ones (`admitLearner`), and those
 * of events (`lockTimeZones`); what was stored before is then deleted by `eraseBatch`. Safe to repeat.
 */
export async function markErased(tx: SqlTransaction, userId: string): Promise<void> {
  await rememberLearners(tx, [userId]);
  await tx.$executeRawUnsafe('SELECT 1 FROM learners WHERE user_id = $1::uuid FOR UPDATE', userId);
  await tx.$executeRawUnsafe(
    `UPDATE learners SET erased_at = coalesce(erased_at, now()), locale = NULL, time_zone = 'UTC', updated_at = now()
     WHERE user_id = $1::uuid`,
    userId,
  );
}
