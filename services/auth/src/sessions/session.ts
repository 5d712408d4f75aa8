/** Why a session ended; the values of the event `session.revoked`. */
export type RevokeReason =
  | 'logout'
  | 'logout_all'
  | 'refresh_token_reused'
  | 'password_changed'
  | 'user_deleted'
  | 'suspended';

/** A signed-in device. */
export interface Session {
  id: string;
  userId: string;
  deviceName: string | null;
  tokenHash: string;
  generation: number;
  /** When the latest generations began, oldest first; the last entry belongs to the current generation. */
  rotatedAt: Date[];
  createdAt: Date;
  lastUsedAt: Date;
  expiresAt: Date;
  revokedAt: Date | null;
  revokeReason: RevokeReason | null;
}

/** Maximum number of signed-in devices; signing in on one more ends the least recently used session. */
export const maxSessions = 50;

/** A replaced token is still accepted for this long, however often it was replaced meanwhile. */
export const reuseIntervalMs = 10_000;
/** Number of generations whose start is stored: more than the rotations within one reuse interval. */
const rememberedRotations = 8;

export interface SessionLimits {
  /** Lifetime without use, in seconds. */
  idleSeconds: number;
  /** Maximum lifetime even with use, in seconds. */
  maxAgeSeconds: number;
}

/** What to do with a genuine token of this session, depending on its generation. */
export type RefreshVerdict = 'rotate' | 'repeat' | 'reused' | 'unknown';

/**
 * `rotate`: it is the current token. `repeat`: it is the one before, or was replaced a moment ago, by a phone that
 * lost the response or by concurrent requests: the current token is returned again. `reused`: it was replaced longer
 * ago by a token that has been used since, so a copy exists. `unknown`: its generation is newer than the
 * session's, as after a restore from a backup.
 */
export function judgeRefresh(
  session: Pick<Session, 'generation' | 'rotatedAt'>,
  generation: number,
  now: Date,
): RefreshVerdict {
  const age = session.generation - generation;
  if (age < 0) return 'unknown';
  if (age === 0) return 'rotate';
  if (age === 1) return 'repeat';
  // The token was replaced when the generation after it began.
  const replacedAt = session.rotatedAt.at(-age);
  return replacedAt && now.getTime() - replacedAt.getTime() < reuseIntervalMs ? 'repeat' : 'reused';
}

/** The start times to store when another generation begins. */
export function withRotation(rotatedAt: readonly Date[], now: Date): Date[] {
  return [...rotatedAt, now].slice(-rememberedRotations);
}

/** When a session that is used now expires if it is not used again. */
export function expiryOf(createdAt: Date, now: Date, limits: SessionLimits): Date {
  return new Date(
    Math.min(now.getTime() + limits.idleSeconds * 1_000, createdAt.getTime() + limits.maxAgeSeconds * 1_000),
  );
}

export function isLive(session: Pick<Session, 'revokedAt' | 'expiresAt'>, now: Date): boolean {
  return session.revokedAt === null && session.expiresAt > now;
}
