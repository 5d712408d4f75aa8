import type { SqlTransaction } from '@lms/postgres';
import type { Tx } from '../deps.ts';
import type { Session as SessionRow } from '../generated/prisma/client.ts';
import type { User } from '../users/user.ts';
import { userColumns } from '../users/user-store.ts';
import type { RevokeReason, Session } from './session.ts';

const sessionsOfUsers =
  'FROM sessions JOIN users ON users.id = sessions.user_id WHERE sessions.id = $1::uuid';
const insertColumns = `INSERT INTO sessions
  (id, user_id, device_name, token_hash, generation, rotated_at, created_at, last_used_at, expires_at)`;

/** Prepared statements. A test compares the rows that they return with the types below. */
export const sessionStatements = {
  findSignedIn: `SELECT ${userColumns}, sessions.revoked_at AS "revokedAt" ${sessionsOfUsers} AND users.id = $2::uuid`,
  findForRefresh: `SELECT ${userColumns}, sessions.id AS "sessionId", sessions.token_hash AS "tokenHash",
      sessions.generation, sessions.rotated_at AS "rotatedAt", sessions.created_at AS "startedAt",
      sessions.expires_at AS "expiresAt", sessions.revoked_at AS "revokedAt",
      sessions.revoke_reason AS "revokeReason" ${sessionsOfUsers}`,
  extend: `UPDATE sessions SET last_used_at = $3::timestamptz, expires_at = $4::timestamptz
    WHERE id = $1::uuid AND generation = $2::int AND revoked_at IS NULL`,
  rotate: `UPDATE sessions SET last_used_at = $3::timestamptz, expires_at = $4::timestamptz,
      generation = generation + 1, token_hash = $5, rotated_at = $6::timestamptz[]
    WHERE id = $1::uuid AND generation = $2::int AND revoked_at IS NULL`,
  insert: `${insertColumns} VALUES
    ($1::uuid, $2::uuid, $3, $4, 0, ARRAY[$5::timestamptz], $5::timestamptz, $5::timestamptz, $6::timestamptz)`,
  insertIfUnchanged: `WITH account AS MATERIALIZED (
      SELECT ${userColumns} FROM users WHERE users.id = $2::uuid FOR UPDATE
    ), started AS (
      ${insertColumns}
      SELECT $1::uuid, account.id, $3, $4, 0, ARRAY[$5::timestamptz], $5::timestamptz, $5::timestamptz, $6::timestamptz
      FROM account WHERE account."passwordHash" = $7 AND account."suspendedAt" IS NULL
    ) SELECT * FROM account`,
  listLeastUsed: `SELECT id FROM sessions
    WHERE user_id = $1::uuid AND id <> $2::uuid AND revoked_at IS NULL AND expires_at > $3::timestamptz
    ORDER BY last_used_at DESC, id DESC OFFSET $4::int LIMIT 100`,
  markRevoked: `UPDATE sessions SET revoked_at = $2::timestamptz, revoke_reason = $3
    WHERE user_id = $1::uuid AND revoked_at IS NULL AND expires_at > $2::timestamptz - interval '1 hour'
      AND ($4::uuid[] IS NULL OR id = ANY ($4::uuid[])) AND ($5::uuid IS NULL OR id <> $5::uuid)
    RETURNING id`,
} as const;

/** A session of a user, and whether it has ended; null if there is no such session of this user. */
export async function findSignedIn(
  sql: SqlTransaction,
  { userId, sessionId }: { userId: string; sessionId: string },
): Promise<(User & Pick<Session, 'revokedAt'>) | null> {
  const rows = await sql.$queryRawUnsafe<(User & Pick<Session, 'revokedAt'>)[]>(
    sessionStatements.findSignedIn,
    sessionId,
    userId,
  );
  return rows[0] ?? null;
}

/** What a refresh depends on. */
export type RefreshableSession = Omit<Session, 'userId' | 'deviceName' | 'lastUsedAt'>;

type RefreshRow = User &
  Omit<RefreshableSession, 'id' | 'createdAt'> & { sessionId: string; startedAt: Date };

/** Reads a session together with its user. */
export async function findForRefresh(
  sql: SqlTransaction,
  id: string,
): Promise<{ session: RefreshableSession; user: User } | null> {
  const [row] = await sql.$queryRawUnsafe<RefreshRow[]>(sessionStatements.findForRefresh, id);
  if (!row) return null;
  const {
    sessionId,
    startedAt,
    tokenHash,
    generation,
    rotatedAt,
    expiresAt,
    revokedAt,
    revokeReason,
    ...user
  } = row;
  const state = { tokenHash, generation, rotatedAt, expiresAt, revokedAt, revokeReason };
  return { session: { id: sessionId, createdAt: startedAt, ...state }, user };
}

export interface SessionUse {
  id: string;
  /** The generation that was read: the session has not changed meanwhile if this is still its generation. */
  generation: number;
  now: Date;
  expiresAt: Date;
  /** Set when the token is replaced. */
  next?: { tokenHash: string; rotatedAt: readonly Date[] };
}

/** Records a use of a session, with its next token if there is one. False if it has ended or has a newer token. */
export async function recordUse(sql: SqlTransaction, use: SessionUse): Promise<boolean> {
  const { id, generation, now, expiresAt, next } = use;
  const values = [id, generation, now.toISOString(), expiresAt.toISOString()];
  const updated = next
    ? await sql.$executeRawUnsafe(
        sessionStatements.rotate,
        ...values,
        next.tokenHash,
        toTexts(next.rotatedAt),
      )
    : await sql.$executeRawUnsafe(sessionStatements.extend, ...values);
  return updated === 1;
}

/** A session that begins with its first token. */
export type NewSession = Pick<
  Session,
  'id' | 'userId' | 'deviceName' | 'tokenHash' | 'createdAt' | 'expiresAt'
>;

export async function insertSession(sql: SqlTransaction, session: NewSession): Promise<void> {
  await sql.$executeRawUnsafe(sessionStatements.insert, ...valuesOf(session));
}

/**
 * Locks the user and inserts the session if the account has this password hash still and is not suspended. Returns
 * the account as it is now, null if it was deleted.
 */
export async function insertSessionIfUnchanged(
  sql: SqlTransaction,
  session: NewSession,
  passwordHash: string,
): Promise<User | null> {
  const rows = await sql.$queryRawUnsafe<User[]>(
    sessionStatements.insertIfUnchanged,
    ...valuesOf(session),
    passwordHash,
  );
  return rows[0] ?? null;
}

/** Sessions of a user that have not ended, newest first, after `beforeId`. */
export async function listLiveSessions(
  tx: Tx,
  query: { userId: string; now: Date; limit: number; beforeId?: string | undefined },
): Promise<Session[]> {
  const rows = await tx.session.findMany({
    where: {
      userId: query.userId,
      revokedAt: null,
      expiresAt: { gt: query.now },
      ...(query.beforeId ? { id: { lt: query.beforeId } } : {}),
    },
    orderBy: { id: 'desc' },
    take: query.limit,
  });
  return rows.map(fromRow);
}

/** Ids of live sessions beyond the `keep` that were used last, at most 100. The session `except` is not counted. */
export async function listLeastUsed(
  sql: SqlTransaction,
  query: { userId: string; except: string; now: Date; keep: number },
): Promise<string[]> {
  const { userId, except, now, keep } = query;
  const values = [userId, except, now.toISOString(), keep];
  const rows = await sql.$queryRawUnsafe<{ id: string }[]>(sessionStatements.listLeastUsed, ...values);
  return rows.map(({ id }) => id);
}

/**
 * Ends active sessions of a user: those in `ids`, or all except `except`. Returns their ids, with those that expired less
 * than an hour ago, because an access token may live a little longer than its session.
 */
export async function markRevoked(
  sql: SqlTransaction,
  end: { userId: string; ids?: string[]; except?: string | undefined; reason: RevokeReason; now: Date },
): Promise<string[]> {
  const { userId, ids = null, except = null, reason, now } = end;
  const values = [userId, now.toISOString(), reason, ids, except];
  const rows = await sql.$queryRawUnsafe<{ id: string }[]>(sessionStatements.markRevoked, ...values);
  return rows.map(({ id }) => id).sort();
}

/** Deletes at most `limit` sessions that expired before `before`; returns how many. */
export function deleteExpiredSessions(sql: SqlTransaction, before: Date, limit: number): Promise<number> {
  return sql.$executeRawUnsafe(
    `DELETE FROM sessions WHERE id = ANY (ARRAY(
       SELECT id FROM sessions WHERE expires_at < $1::timestamptz ORDER BY expires_at LIMIT $2::int
       FOR UPDATE SKIP LOCKED))`,
    before.toISOString(),
    limit,
  );
}

/** Deletes at most `limit` sessions of a user that ended more than an hour ago; returns how many. */
export function deleteEndedSessions(sql: SqlTransaction, userId: string, limit: number): Promise<number> {
  return sql.$executeRawUnsafe(
    `DELETE FROM sessions WHERE id = ANY (ARRAY(
       SELECT id FROM sessions WHERE user_id = $1::uuid AND least(expires_at, revoked_at) < now() - interval '1 hour'
       LIMIT $2::int))`,
    userId,
    limit,
  );
}

function valuesOf({ id, userId, deviceName, tokenHash, createdAt, expiresAt }: NewSession): unknown[] {
  return [id, userId, deviceName, tokenHash, createdAt.toISOString(), expiresAt.toISOString()];
}

function toTexts(dates: readonly Date[]): string[] {
  return dates.map((date) => date.toISOString());
}

function fromRow(row: SessionRow): Session {
  return { ...row, revokeReason: row.revokeReason as RevokeReason | null };
}
