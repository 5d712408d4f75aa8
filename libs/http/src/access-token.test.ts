import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventuallyPasses, startTokenIssuer, type TokenIssuer } from '@lms/testing';
import { SignJWT, UnsecuredJWT } from 'jose';
import { createAccessTokenVerifier } from './access-token.ts';

let issuer: TokenIssuer;
const revoked = new Set<string>();
const isRevoked = async (sessionId: string) => revoked.has(sessionId);
const subject = { userId: randomUUID(), role: 'learner' as const };
const verifierFor = (jwksUrl: string) => createAccessTokenVerifier({ keys: { jwksUrl }, isRevoked });

beforeAll(async () => {
  issuer = await startTokenIssuer();
});
afterAll(() => issuer.close());

describe('access tokens', () => {
  it('identify the caller', async () => {
    const sessionId = randomUUID();
    const verify = verifierFor(issuer.jwksUrl);
    expect(await verify(await issuer.tokenFor({ ...subject, sessionId }))).toEqual({ ...subject, sessionId });
  });

  it('are refused when expired, also when they were verified before', async () => {
    const verify = verifierFor(issuer.jwksUrl);
    const past = await issuer.tokenFor({ ...subject, expiresInSeconds: -1 });
    await expect(verify(past)).rejects.toMatchObject({ code: 'token_expired' });
    const short = await issuer.tokenFor({ ...subject, expiresInSeconds: 3 });
    await expect(verify(short)).resolves.toMatchObject({ role: 'learner' });
    const codeOf = () =>
      verify(short).then(
        () => 'accepted',
        (error: { code: string }) => error.code,
      );
    await eventuallyPasses('the token expires', async () => expect(await codeOf()).toBe('token_expired'), {
      timeoutMs: 15_000,
    });
  }, 20_000);

  it('are refused when their session has ended, also when they were verified before', async () => {
    const sessionId = randomUUID();
    const verify = verifierFor(issuer.jwksUrl);
    const token = await issuer.tokenFor({ ...subject, sessionId });
    await verify(token);
    revoked.add(sessionId);
    await expect(verify(token)).rejects.toMatchObject({ code: 'session_revoked' });
  });

  it('are refused when another key signed them, or none, or a symmetric one', async () => {
    const verify = verifierFor(issuer.jwksUrl);
    const other = await startTokenIssuer();
    const foreign = await other.tokenFor(subject);
    await other.close();
    const claims = { sid: randomUUID(), role: 'admin', sub: subject.userId, iss: 'lms-auth', aud: 'lms-api' };
    const unsigned = new UnsecuredJWT(claims).setExpirationTime('5m').encode();
    const symmetric = await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', typ: 'at+jwt' })
      .setExpirationTime('5m')
      .sign(new TextEncoder().encode('x'.repeat(32)));
    for (const token of [foreign, unsigned, symmetric, 'nonsense', 'a.b.c'])
      await expect(verify(token)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  it('cannot be checked while the keys are unreachable, which is reported as a server error', async () => {
    const broken = createServer((_req, res) => void res.writeHead(500).end());
    await new Promise<void>((resolve) => broken.listen(0, '127.0.0.1', resolve));
    const { port } = broken.address() as AddressInfo;
    const token = await issuer.tokenFor(subject);
    await expect(verifierFor(`http://127.0.0.1:${port}/`)(token)).rejects.toMatchObject({
      code: 'dependency_unavailable',
    });
    await new Promise((resolve) => broken.close(resolve));
    await expect(verifierFor(`http://127.0.0.1:${port}/`)(token)).rejects.toMatchObject({
      code: 'dependency_unavailable',
    });
  });
});
