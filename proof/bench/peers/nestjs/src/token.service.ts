import { createPrivateKey } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { createRemoteJWKSet, jwtVerify, SignJWT } from 'jose';

@Injectable()
export class TokenService {
  private readonly keys = createRemoteJWKSet(new URL(process.env.JWKS_URL ?? ''));
  private readonly signingKey = createPrivateKey(process.env.SIGNING_KEY ?? '');

  /** The id of the user; throws if the token is not valid. */
  async verify(token: string): Promise<string> {
    const expected = { issuer: 'lms-auth', audience: 'lms-api', algorithms: ['EdDSA'] };
    const { payload } = await jwtVerify(token, this.keys, expected);
    return payload.sub ?? '';
  }

  sign(user: { id: string; role: string }, sessionId: string): Promise<string> {
    return new SignJWT({ sid: sessionId, role: user.role })
      .setProtectedHeader({ alg: 'EdDSA' })
      .setSubject(user.id)
      .setIssuer('lms-auth')
      .setAudience('lms-api')
      .setIssuedAt()
      .setExpirationTime('15m')
      .sign(this.signingKey);
  }
}
