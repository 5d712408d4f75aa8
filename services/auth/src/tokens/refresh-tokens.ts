import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createKeyedHash } from './keyed-hash.ts';

/** Content of a refresh token: its session and generation. To anyone without the key, the secret looks random. */
export interface RefreshToken {
  sessionId: string;
  /** 0 for the token of the sign-in, one more with each rotation. */
  generation: number;
  secret: Buffer;
}

/** Creates, reads and rotates refresh tokens (docs/adr/0008-refresh-token-rotation.md). */
export interface RefreshTokens {
  /** The first token of a session, from fresh randomness. */
  first(sessionId: string): RefreshToken;
  /** The next token, which can be derived only from the token and the key. */
  next(token: RefreshToken): RefreshToken;
  encode(token: RefreshToken): string;
  /** Null unless this service created the token. */
  decode(text: string): RefreshToken | null;
  /** The stored form of a token. */
  hash(token: RefreshToken): string;
}

const idBytes = 16;
const generationBytes = 4;
const secretBytes = 32;
const tagBytes = 16;
const bodyBytes = idBytes + generationBytes + secretBytes;

/** Each purpose has a separate key, derived from `secret` (JWT_REFRESH_SECRET). */
export function createRefreshTokens(secret: string): RefreshTokens {
  const tagOf = createKeyedHash(secret, 'refresh token tag');
  const nextOf = createKeyedHash(secret, 'refresh token chain');
  const hashOf = createKeyedHash(secret, 'refresh token hash');
  return {
    first: (sessionId) => ({ sessionId, generation: 0, secret: randomBytes(secretBytes) }),
    next: (token) => ({
      sessionId: token.sessionId,
      generation: token.generation + 1,
      secret: nextOf(bodyOf(token)),
    }),
    encode(token) {
      const body = bodyOf(token);
      return Buffer.concat([body, tagOf(body).subarray(0, tagBytes)]).toString('base64url');
    },
    decode(text) {
      const bytes = Buffer.from(text, 'base64url');
      // Buffer skips characters that are not base64url, so accept only the form that `encode` writes.
      if (bytes.length !== bodyBytes + tagBytes || bytes.toString('base64url') !== text) return null;
      const body = bytes.subarray(0, bodyBytes);
      if (!timingSafeEqual(bytes.subarray(bodyBytes), tagOf(body).subarray(0, tagBytes))) return null;
      return {
        sessionId: uuidOf(body.subarray(0, idBytes)),
        generation: body.readUInt32BE(idBytes),
        secret: Buffer.from(body.subarray(idBytes + generationBytes)),
      };
    },
    hash: (token) => hashOf(bodyOf(token)).toString('base64url'),
  };
}

function bodyOf({ sessionId, generation, secret }: RefreshToken): Buffer {
  const number = Buffer.alloc(generationBytes);
  number.writeUInt32BE(generation);
  return Buffer.concat([Buffer.from(sessionId.replaceAll('-', ''), 'hex'), number, secret]);
}

function uuidOf(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}
