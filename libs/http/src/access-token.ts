import { AppError } from '@lms/errors';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose';
import { LRUCache } from 'lru-cache';

export const roles = ['learner', 'editor', 'admin'] as const;
export type Role = (typeof roles)[number];

/** The caller, as proven by the access token. */
export interface Caller {
  userId: string;
  sessionId: string;
  role: Role;
}

export const accessTokenIssuer = 'lms-auth';
export const accessTokenAudience = 'lms-api';

/** Verifies a bearer token; throws AppError `unauthenticated`, `token_expired` or `session_revoked`. */
export type AccessTokenVerifier = (token: string) => Promise<Caller>;

/** Source of the public keys: a URL (other services) or the keys themselves (auth). */
export type KeySource = { jwksUrl: string } | { jwks: JSONWebKeySet };

/**
 * Creates the verifier of access tokens (JWT, EdDSA). A verified signature is cached until the token expires (the
 * 10,000 tokens used last); revocation is checked on every call.
 */
export function createAccessTokenVerifier(options: {
  keys: KeySource;
  isRevoked: (sessionId: string) => boolean | Promise<boolean>;
}): AccessTokenVerifier {
  const keys: JWTVerifyGetKey =
    'jwks' in options.keys
      ? createLocalJWKSet(options.keys.jwks)
      : createRemoteJWKSet(new URL(options.keys.jwksUrl), {
          timeoutDuration: 2_000,
          cooldownDuration: 5_000,
          cacheMaxAge: 600_000,
        });
  const verified = new LRUCache<string, { caller: Caller; expiresAtMs: number }>({ max: 10_000 });

  return async (token) => {
    let entry = verified.get(token);
    if (!entry) {
      entry = await verify(token, keys);
      verified.set(token, entry);
    }
    if (entry.expiresAtMs <= Date.now()) {
      verified.delete(token);
      throw expired();
    }
    const revoked = options.isRevoked(entry.caller.sessionId);
    if (revoked === true || (revoked && (await revoked))) {
      verified.delete(token);
      throw new AppError('session_revoked', 'This session has ended. Sign in again.');
    }
    return entry.caller;
  };
}

async function verify(
  token: string,
  keys: JWTVerifyGetKey,
): Promise<{ caller: Caller; expiresAtMs: number }> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      algorithms: ['EdDSA', 'Ed25519'],
      issuer: accessTokenIssuer,
      audience: accessTokenAudience,
      requiredClaims: ['sub', 'sid', 'role', 'exp'],
      typ: 'at+jwt',
      clockTolerance: 0,
    });
    const role = roles.find((known) => known === payload.role);
    if (!role || typeof payload.sid !== 'string' || !payload.sub) throw unauthenticated();
    return {
      caller: { userId: payload.sub, sessionId: payload.sid, role },
      expiresAtMs: (payload.exp as number) * 1000,
    };
  } catch (cause) {
    if (cause instanceof AppError) throw cause;
    if (cause instanceof errors.JWTExpired) throw expired();
    if (cause instanceof errors.JWKSTimeout || !(cause instanceof errors.JOSEError) || isJwksFailure(cause)) {
      throw new AppError(
        'dependency_unavailable',
        'Sign-in cannot be checked right now. Try again shortly.',
        {
          cause,
          retryAfterSeconds: 2,
        },
      );
    }
    throw unauthenticated(cause);
  }
}

/** jose reports a key set that could not be fetched as a plain JOSEError. */
function isJwksFailure(error: Error): boolean {
  return error.constructor === errors.JOSEError;
}

function unauthenticated(cause?: unknown): AppError {
  return new AppError('unauthenticated', 'The access token is not valid.', { cause });
}

function expired(): AppError {
  return new AppError('token_expired', 'The access token has expired. Refresh it.');
}
