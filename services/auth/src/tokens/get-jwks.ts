import { defineRoute, Reply } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';

const jwk = z.object({
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string(),
  kid: z.string(),
  alg: z.literal('EdDSA'),
  use: z.literal('sig'),
});

export const getJwks = defineRoute({
  method: 'get',
  path: '/.well-known/jwks.json',
  summary: 'Get the public keys that verify access tokens',
  tag: 'Auth',
  auth: 'public',
  output: { status: 200, body: z.object({ keys: z.array(jwk) }) },
  evenOverloaded: true,
  handler: async (_input, { accessTokens }: Pick<Deps, 'accessTokens'>) => {
    const keys = z.array(jwk).parse(accessTokens.jwks.keys);
    return new Reply({ keys }, { headers: { 'cache-control': 'public, max-age=300' } });
  },
});
