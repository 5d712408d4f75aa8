import { randomBytes } from 'node:crypto';
import { expectCall } from './api.ts';

/** A learner as the app knows them after registration. */
export interface Learner {
  userId: string;
  email: string;
  password: string;
  token: string;
  refreshToken: string;
}

interface SignedIn {
  user: { id: string };
  accessToken: string;
  refreshToken: string;
}

/** Registers a new user through the ingress. */
export async function registerLearner(): Promise<Learner> {
  const email = `e2e-${randomBytes(6).toString('hex')}@example.com`;
  const password = `correct horse ${randomBytes(4).toString('hex')}`;
  const body = { email, password, displayName: 'Ngọc', locale: 'vi', timeZone: 'Asia/Ho_Chi_Minh' };
  const answer = await expectCall<SignedIn>(201, 'POST', '/auth/register', { body });
  return {
    userId: answer.user.id,
    email,
    password,
    token: answer.accessToken,
    refreshToken: answer.refreshToken,
  };
}

/** Signs in with an existing account; returns the access token. */
export async function signIn(email: string, password: string): Promise<string> {
  const answer = await expectCall<SignedIn>(200, 'POST', '/auth/login', { body: { email, password } });
  return answer.accessToken;
}
