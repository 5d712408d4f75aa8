import { createHash, createPrivateKey, createPublicKey, hkdfSync, sign } from 'node:crypto';
import { accessTokenAudience, accessTokenIssuer, type Caller } from '@lms/http';
import type { JSONWebKeySet } from 'jose';

export interface SignedAccessToken {
  accessToken: string;
  expiresAt: Date;
}

export interface AccessTokenSigner {
  /** Public keys, for every service that verifies. */
  jwks: JSONWebKeySet;
  /** Lifetime of a token, in seconds. */
  lifeSeconds: number;
  sign(caller: Caller): SignedAccessToken;
}

/** DER of an Ed25519 private key (RFC 8410), up to its 32 bytes. */
const pkcs8Head = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * Signs access tokens (JWT as of RFC 9068, EdDSA) with a key derived from `secret`, so that every pod has
 * the same key without storing one (docs/adr/0006-access-tokens.md).
 */
export function createAccessTokenSigner(options: { secret: string; lifeSeconds: number }): AccessTokenSigner {
  const seed = hkdfSync('sha256', options.secret, '', 'lms access token ed25519 v1', 32);
  const privateKey = createPrivateKey({
    key: Buffer.concat([pkcs8Head, Buffer.from(seed)]),
    format: 'der',
    type: 'pkcs8',
  });
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  const kid = thumbprintOf(x);
  const header = encode({ alg: 'EdDSA', typ: 'at+jwt', kid });
  return {
    jwks: { keys: [{ kty: 'OKP', crv: 'Ed25519', x, kid, alg: 'EdDSA', use: 'sig' }] },
    lifeSeconds: options.lifeSeconds,
    // Signed with node:crypto: the same signature through jose, which uses Web Crypto's thread pool, takes three
    // times as much CPU. Verification, which has to refuse what others send, is left to jose.
    sign({ userId, sessionId, role }) {
      const issuedAt = Math.floor(Date.now() / 1_000);
      const expiresAt = issuedAt + options.lifeSeconds;
      const claims = encode({
        ...{ iss: accessTokenIssuer, aud: accessTokenAudience, sub: userId },
        ...{ sid: sessionId, role, iat: issuedAt, exp: expiresAt },
      });
      const signature = sign(null, Buffer.from(`${header}.${claims}`), privateKey).toString('base64url');
      return {
        accessToken: `${header}.${claims}.${signature}`,
        expiresAt: new Date(expiresAt * 1_000),
      };
    },
  };
}

function encode(part: object): string {
  return Buffer.from(JSON.stringify(part)).toString('base64url');
}

/** Thumbprint (RFC 7638) of an Ed25519 public key. */
function thumbprintOf(x: string): string {
  return createHash('sha256')
    .update(JSON.stringify({ crv: 'Ed25519', kty: 'OKP', x }))
    .digest('base64url');
}
