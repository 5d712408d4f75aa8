import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';

/** The user that the token is for. */
export interface TokenSubject {
  userId: string;
  role: 'learner' | 'editor' | 'admin';
  sessionId?: string;
  /** Lifetime of the token in seconds, 900 by default; a negative value makes an expired token. */
  expiresInSeconds?: number;
}

/** Stands in for the auth service: an Ed25519 key, a JWKS URL and tokens of the real format. */
export interface TokenIssuer {
  /** For AUTH_JWKS_URL. */
  jwksUrl: string;
  tokenFor(subject: TokenSubject): Promise<string>;
  close(): Promise<void>;
}

/** Starts a JWKS server on a free port. Issuer and audience are those of `@lms/http`. */
export async function startTokenIssuer(): Promise<TokenIssuer> {
  const { publicKey, privateKey } = await generateKeyPair('Ed25519', { extractable: true });
  const kid = randomUUID();
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid, alg: 'EdDSA', use: 'sig' }] });
  const server = createServer((_req, res) => {
    res.writeHead(200, { 'content-type': 'application/json' }).end(jwks);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    jwksUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`,
    tokenFor: ({ userId, role, sessionId = randomUUID(), expiresInSeconds = 900 }) =>
      new SignJWT({ sid: sessionId, role })
        .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid })
        .setSubject(userId)
        .setIssuer('lms-auth')
        .setAudience('lms-api')
        .setIssuedAt()
        .setExpirationTime(Math.floor(Date.now() / 1000) + expiresInSeconds)
        .sign(privateKey),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
