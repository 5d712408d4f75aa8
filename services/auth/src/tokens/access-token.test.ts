import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createAccessTokenVerifier } from '@lms/http';
import { decodeJwt, decodeProtectedHeader, type JSONWebKeySet } from 'jose';
import { type Harness, startHarness } from '../testing/harness.ts';
import { createAccessTokenSigner } from './access-token-signer.ts';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness?.stop());

const caller = {
  userId: '019c0000-0000-7000-8000-000000000001',
  sessionId: '019c0000-0000-7000-8000-000000000002',
  role: 'editor',
} as const;
const signerOf = (secret: string) => createAccessTokenSigner({ secret, lifeSeconds: 900 });
const verifierOf = (jwks: JSONWebKeySet) =>
  createAccessTokenVerifier({ keys: { jwks }, isRevoked: async () => false });

describe('an access token', () => {
  test("contains the caller's id and role, and no other personal data", async () => {
    const { token, userId, sessionId, email } = await harness.register({ displayName: 'Ngọc' });
    expect(decodeProtectedHeader(token)).toEqual({
      alg: 'EdDSA',
      typ: 'at+jwt',
      kid: harness.deps.accessTokens.jwks.keys[0]?.kid,
    });
    const claims = decodeJwt(token);
    expect(Object.keys(claims).sort()).toEqual(['aud', 'exp', 'iat', 'iss', 'role', 'sid', 'sub']);
    expect(claims).toMatchObject({
      sub: userId,
      sid: sessionId,
      role: 'learner',
      iss: 'lms-auth',
      aud: 'lms-api',
    });
    expect(JSON.stringify(claims)).not.toContain(email);
  });

  test('is verified by other services with the published keys', async () => {
    const answer = await harness.call('GET', '/.well-known/jwks.json');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('public, max-age=300');
    expect(answer.body.keys).toHaveLength(1);
    expect(Object.keys(answer.body.keys[0]).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x']);
    const { token, userId, sessionId } = await harness.register();
    expect(await verifierOf(answer.body)(token)).toEqual({ userId, sessionId, role: 'learner' });
  });

  test('has the same key in every pod, and a different one for another secret', async () => {
    const [one, same, other] = [
      signerOf('a secret of at least thirty-two characters'),
      signerOf('a secret of at least thirty-two characters'),
      signerOf('another secret of at least thirty-two characters'),
    ];
    expect(one.jwks).toEqual(same.jwks);
    expect(one.jwks.keys[0]?.kid).not.toBe(other.jwks.keys[0]?.kid);
    const { accessToken } = one.sign(caller);
    expect(await verifierOf(same.jwks)(accessToken)).toEqual(caller);
    await expect(verifierOf(other.jwks)(accessToken)).rejects.toMatchObject({ code: 'unauthenticated' });
  });

  test('expires at its stated time', async () => {
    const signer = createAccessTokenSigner({
      secret: 'a secret of at least thirty-two characters',
      lifeSeconds: 0,
    });
    const { accessToken, expiresAt } = signer.sign(caller);
    expect(expiresAt.getTime()).toBeLessThanOrEqual(Date.now());
    await expect(verifierOf(signer.jwks)(accessToken)).rejects.toMatchObject({ code: 'token_expired' });
  });
});
