import type { SqlTransaction } from '@lms/postgres';
import type { Tx } from '../deps.ts';
import type { MailTokenPurpose } from './mail-token.ts';

export async function insertMailToken(
  tx: Tx,
  token: { tokenHash: string; userId: string; purpose: MailTokenPurpose; expiresAt: Date },
): Promise<void> {
  await tx.mailToken.create({ data: token });
}

/** Tokens that were mailed since `since` and have not been used. */
export async function countMailTokens(
  tx: Tx,
  query: { userId: string; purpose: MailTokenPurpose; since: Date },
): Promise<number> {
  const { userId, purpose, since } = query;
  return tx.mailToken.count({ where: { userId, purpose, createdAt: { gt: since } } });
}

/** The owner of a valid token; null if the token is not valid. */
export async function findMailTokenOwner(
  tx: Tx,
  token: { tokenHash: string; purpose: MailTokenPurpose; now: Date },
): Promise<string | null> {
  const row = await tx.mailToken.findUnique({ where: { tokenHash: token.tokenHash } });
  return row && row.purpose === token.purpose && row.expiresAt > token.now ? row.userId : null;
}

/** Consumes a token; false if it was consumed concurrently. */
export async function takeMailToken(tx: Tx, tokenHash: string): Promise<boolean> {
  const { count } = await tx.mailToken.deleteMany({ where: { tokenHash } });
  return count === 1;
}

/** Invalidates all other links of this kind. */
export async function deleteMailTokens(tx: Tx, userId: string, purpose: MailTokenPurpose): Promise<void> {
  await tx.mailToken.deleteMany({ where: { userId, purpose } });
}

/** Deletes at most `limit` tokens that expired before `before`; returns how many. */
export function deleteExpiredMailTokens(sql: SqlTransaction, before: Date, limit: number): Promise<number> {
  return sql.$executeRawUnsafe(
    `DELETE FROM mail_tokens WHERE token_hash = ANY (ARRAY(
       SELECT token_hash FROM mail_tokens WHERE expires_at < $1::timestamptz ORDER BY expires_at LIMIT $2::int
       FOR UPDATE SKIP LOCKED))`,
    before.toISOString(),
    limit,
  );
}
