import type { Role } from '@lms/http';
import type { SqlTransaction } from '@lms/postgres';
import type { Tx } from '../deps.ts';
import type { User as UserRow } from '../generated/prisma/client.ts';
import type { User } from './user.ts';

export async function findUser(tx: Tx, id: string): Promise<User | null> {
  const row = await tx.user.findUnique({ where: { id } });
  return row && fromRow(row);
}

/** The columns of `User`, for prepared statements. */
export const userColumns = `users.id, users.email, users.email_verified_at AS "emailVerifiedAt",
  users.password_hash AS "passwordHash", users.display_name AS "displayName", users.role, users.locale,
  users.time_zone AS "timeZone", users.suspended_at AS "suspendedAt", users.created_at AS "createdAt",
  users.updated_at AS "updatedAt"`;

export const findUserByEmailStatement = `SELECT ${userColumns} FROM users WHERE email = $1`;

/** `email` in its normal form. */
export async function findUserByEmail(sql: SqlTransaction, email: string): Promise<User | null> {
  const [user] = await sql.$queryRawUnsafe<User[]>(findUserByEmailStatement, email);
  return user ?? null;
}

/**
 * Reads a user and keeps others from changing them, or their sessions as a whole, until the transaction ends.
 * Lock the user before their sessions.
 */
export async function lockUser(tx: Tx, id: string): Promise<User | null> {
  await tx.$executeRaw`SELECT 1 FROM users WHERE id = ${id}::uuid FOR UPDATE`;
  return findUser(tx, id);
}

/** Inserts a user; false when the address is taken. */
export async function insertUser(
  tx: Tx,
  user: Omit<User, 'createdAt' | 'updatedAt' | 'suspendedAt'> & { createdAt: Date },
): Promise<boolean> {
  const { count } = await tx.user.createMany({
    data: [{ ...user, updatedAt: user.createdAt }],
    skipDuplicates: true,
  });
  return count === 1;
}

export type UserChanges = Partial<Omit<User, 'id' | 'email' | 'createdAt' | 'updatedAt'>>;

export async function saveUser(tx: Tx, id: string, changes: UserChanges, now: Date): Promise<User> {
  return fromRow(await tx.user.update({ where: { id }, data: { ...changes, updatedAt: now } }));
}

/** Deletes the user with their sessions and mail tokens. */
export async function deleteUser(tx: Tx, id: string): Promise<void> {
  await tx.user.delete({ where: { id } });
}

/** Users, newest first, after `beforeId`. */
export async function listMatchingUsers(
  tx: Tx,
  query: {
    beforeId: string | undefined;
    limit: number;
    role: Role | undefined;
    email: string | undefined;
    suspended: boolean | undefined;
  },
): Promise<User[]> {
  const { beforeId, limit, role, email, suspended } = query;
  const rows = await tx.user.findMany({
    where: {
      ...(beforeId ? { id: { lt: beforeId } } : {}),
      ...(role ? { role } : {}),
      ...(email ? { email } : {}),
      ...(suspended === undefined ? {} : { suspendedAt: suspended ? { not: null } : null }),
    },
    orderBy: { id: 'desc' },
    take: limit,
  });
  return rows.map(fromRow);
}

/** Only one transaction at a time changes admins, so that the last two cannot be removed concurrently. */
export async function lockAdmins(tx: Tx): Promise<void> {
  await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended('auth:admins', 0))`;
}

/** Admins who can act, other than `id`. */
export async function countOtherAdmins(tx: Tx, id: string): Promise<number> {
  return tx.user.count({ where: { role: 'admin', suspendedAt: null, id: { not: id } } });
}

function fromRow(row: UserRow): User {
  return { ...row, role: row.role as Role };
}
