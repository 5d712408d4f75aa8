import { randomBytes } from 'node:crypto';
import { bindJobs } from '@lms/service';
import { stackEnv } from '@lms/testing';
import { type Answer, type Call, startHarness as startServiceHarness } from '@lms/testing/harness';
import type { Deps } from '../deps.ts';
import { jobs } from '../jobs.ts';
import { auth } from '../service.ts';

export type { Answer };

/** A registered user with the tokens from the registration. */
export interface Account {
  userId: string;
  email: string;
  password: string;
  sessionId: string;
  token: string;
  refreshToken: string;
}

export type Harness = Awaited<ReturnType<typeof startHarness>>;

/** Key of the tests' tokens, different from that of any other environment. */
const secretOf = (name: string) =>
  `${randomBytes(5).toString('hex')} ${name} of the tests, long enough to be one`;

/** The real app with its own database and topics. `env` overrides the defaults. */
export async function startHarness(env: Record<string, string> = {}) {
  const harness = await startServiceHarness(auth, {
    logLevel: 'trace',
    env: {
      JWT_ACCESS_SECRET: secretOf('access secret'),
      JWT_REFRESH_SECRET: secretOf('refresh secret'),
      SMTP_URL: stackEnv().smtpUrl,
      MAIL_FROM: 'LMS <no-reply@lms.example>',
      APP_URL: 'https://app.example.com/',
      ...env,
    },
  });
  const { deps, database, log } = harness;
  const call = withCallOptions(harness.call);
  const waitingJobs = () => harness.jobs<{ userId: string | null }>();

  return {
    ...harness,
    call,
    jobs: waitingJobs,
    /** Registers a new user; `changes` override the request body. */
    async register(changes: Record<string, unknown> = {}): Promise<Account> {
      const sent = { email: newEmail(), password: newPassword(), ...changes } as {
        email: string;
        password: string;
      };
      const answer = await call('POST', '/auth/register', { body: sent, ip: newAddress() });
      if (answer.status !== 201) throw new Error(JSON.stringify(answer.body));
      return { ...sent, ...tokensOf(answer) };
    },
    /** Gives a registered account another role; sign in again to use it. */
    async setRole({ userId }: Account, role: string): Promise<void> {
      await database.query('UPDATE auth.users SET role = $2 WHERE id = $1', [userId, role]);
    },
    async login({ email, password }: Pick<Account, 'email' | 'password'>): Promise<Account> {
      const answer = await call('POST', '/auth/login', { body: { email, password }, ip: newAddress() });
      if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
      return { email, password, ...tokensOf(answer) };
    },
    /** Sends a request to an app with other dependencies. */
    async withDeps(changes: Partial<Deps>) {
      const other = await harness.withDeps(changes);
      return { ...other, call: withCallOptions(other.call) };
    },
    /** Runs a user's waiting mail jobs once; throws what they throw. */
    async runMails(userId: string | null): Promise<number> {
      const handlers = bindJobs(jobs, deps);
      const waiting = (await waitingJobs()).filter(({ payload }) => payload.userId === userId);
      for (const { id, name, payload } of waiting) {
        await database.query('DELETE FROM auth_jobs._private_jobs WHERE id = $1', [id]);
        const signal = new AbortController().signal;
        await handlers[name]?.(payload as never, { log, attempt: 1, isLastAttempt: false, signal });
      }
      return waiting.length;
    },
  };
}

export const newEmail = () => `test-${randomBytes(8).toString('hex')}@example.com`;
export const newPassword = () => `lamp river ${randomBytes(6).toString('hex')}`;

/** A unique address in a unique network. */
export function newAddress(): string {
  return `2001:db8:${randomBytes(2).toString('hex')}:${randomBytes(2).toString('hex')}::1`;
}

function tokensOf({ body }: Answer) {
  const { user, sessionId, accessToken, refreshToken } = body;
  return { userId: user.id, sessionId, token: accessToken, refreshToken };
}

interface CallOptions {
  body?: unknown;
  /** Access token. */
  token?: string;
  /** Client address that the request claims to have. */
  ip?: string;
  headers?: Record<string, string>;
}

function withCallOptions(call: Call) {
  return (method: string, path: string, { token, ip, body, headers }: CallOptions = {}): Promise<Answer> => {
    const from = ip ? { 'x-forwarded-for': ip } : {};
    return call(token ? { token } : null, method, path, { body, headers: { ...from, ...headers } });
  };
}
