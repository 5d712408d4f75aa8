import { getJwks } from './get-jwks.ts';

export const tokenRoutes = [getJwks];
