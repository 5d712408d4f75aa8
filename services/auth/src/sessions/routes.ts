import { defineRoute, pageOf, pageQuery } from '@lms/http';
import { z } from 'zod';
import type { Deps } from '../deps.ts';
import { existingPassword } from '../passwords/password-rules.ts';
import { emailAddress } from '../users/user.ts';
import { deleteSession, logout, logoutAll } from './end-own-sessions.ts';
import { listSessions, sessionBody } from './list-sessions.ts';
import { type LoginDeps, login } from './login.ts';
import { refreshSession } from './refresh-session.ts';
import { deviceName, signedInBody } from './signed-in.ts';

type SessionDeps = LoginDeps;

/** A school behind one address signs in within a minute; guessing is held up per account and network. */
const loginRateLimit = { name: 'auth-login', limit: 120, windowSeconds: 60, by: 'ip' } as const;
const refreshRateLimit = { name: 'auth-refresh', limit: 600, windowSeconds: 60, by: 'ip' } as const;
const tag = 'Sessions';

export const sessionRoutes = [
  defineRoute({
    method: 'post',
    path: '/auth/login',
    summary: 'Sign in',
    tag,
    auth: 'public',
    input: { body: z.strictObject({ email: emailAddress, password: existingPassword, deviceName }) },
    output: { status: 200, body: signedInBody },
    errors: ['invalid_credentials', 'account_suspended'],
    rateLimit: loginRateLimit,
    bodyLimitBytes: 8_192,
    handler: (input, deps: SessionDeps) => login(input, deps),
  }),
  defineRoute({
    method: 'post',
    path: '/auth/refresh',
    summary: 'Exchange a refresh token for new tokens',
    tag,
    auth: 'public',
    input: { body: z.strictObject({ refreshToken: z.string().min(1).max(512) }) },
    output: { status: 200, body: signedInBody },
    errors: ['refresh_token_invalid', 'refresh_token_reused', 'session_revoked', 'account_suspended'],
    rateLimit: refreshRateLimit,
    bodyLimitBytes: 4_096,
    handler: (input, deps: SessionDeps) => refreshSession(input, deps),
  }),
  defineRoute({
    method: 'post',
    path: '/auth/logout',
    summary: 'Sign out on this device',
    tag,
    auth: 'user',
    output: { status: 204 },
    handler: (input, deps: SessionDeps) => logout(input, deps),
  }),
  defineRoute({
    method: 'post',
    path: '/auth/logout-all',
    summary: 'Sign out on all devices',
    tag,
    auth: 'user',
    output: { status: 204 },
    handler: (input, deps: SessionDeps) => logoutAll(input, deps),
  }),
  defineRoute({
    method: 'get',
    path: '/auth/sessions',
    summary: 'List the devices you are signed in on',
    tag,
    auth: 'user',
    input: { query: pageQuery },
    output: { status: 200, body: pageOf(sessionBody) },
    errors: ['invalid_cursor'],
    handler: (input, deps: Pick<Deps, 'prisma'>) => listSessions(input, deps),
  }),
  defineRoute({
    method: 'delete',
    path: '/auth/sessions/{sessionId}',
    summary: 'Sign out on one device',
    tag,
    auth: 'user',
    input: { params: z.object({ sessionId: z.uuid() }) },
    output: { status: 204 },
    errors: ['not_found'],
    handler: (input, deps: SessionDeps) => deleteSession(input, deps),
  }),
];
