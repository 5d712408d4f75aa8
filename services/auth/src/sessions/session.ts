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
  /** When the latest generations began, oldest first; the last is the current one's. */
  rotatedAt: Date[];
  createdAt: Date;
  lastUsedAt: Date;
  expiresAt: Date;
  revokedAt: Date | null;
  revokeReason: RevokeReason | null;
}

/** Devices signed in at once; one more ends the session that was used longest ago. */
export const maxSessions = 50;

/** A replaced token is still accepted for this long, however often it was replaced meanwhile. */
export const reuseIntervalMs = 10_000;
/** Generations whose beginning is remembered: rotations within one reuse interval, with room to spare. */
const rememberedRotations = 8;

export interface SessionLimits {
  /** Life without use, in seconds. */
  idleSeconds: number;
  /** Life however much it is used, in seconds. */
  maxAgeSeconds: number;
}

/** What to do with a token of this session that is genuine, by its generation. */
export type RefreshVerdict = 'rotate' | 'repeat' | 'reused' | 'unknown';

/**
 * `rotate`: it is the current token. `repeat`: it is the one before, or was replaced a moment ago: a phone
 * that lost the answer, or two requests at once, so the current token is given again. `reused`: it was
 * replaced longer ago by one that has been used since: somebody has a copy. `unknown`: a token of the
 * future, as after a restore from a backup.
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

/** The beginnings to remember once another generation begins. */
export function withRotation(rotatedAt: readonly Date[], now: Date): Date[] {
  return [...rotatedAt, now].slice(-rememberedRotations);
}

/** When a session that is used now ends without further use. */
export function expiryOf(createdAt: Date, now: Date, limits: SessionLimits): Date {
  return new Date(
    Math.min(now.getTime() + limits.idleSeconds * 1_000, createdAt.getTime() + limits.maxAgeSeconds * 1_000),
  );
}

export function isLive(session: Pick<Session, 'revokedAt' | 'expiresAt'>, now: Date): boolean {
  return session.revokedAt === null && session.expiresAt > now;
}
