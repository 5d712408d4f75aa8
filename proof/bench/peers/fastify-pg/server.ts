// Fastify 5 and pg: what a careful engineer writes by hand. Named statements, compiled validation and serialisation,
// token check with a cache, rate limits in Redis, JSON logs, metrics, security headers, ETags.
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  type JsonWebKeyInput,
  randomBytes,
  randomUUID,
} from 'node:crypto';
import { createServer } from 'node:http';
import etag from '@fastify/etag';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import { verify } from '@node-rs/argon2';
import { createSigner, createVerifier } from 'fast-jwt';
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { Redis } from 'ioredis';
import pg from 'pg';
import { collectDefaultMetrics, Histogram, register } from 'prom-client';
import * as schemas from './schemas.ts';
import { statements } from './statements.ts';

declare module 'fastify' {
  interface FastifyRequest {
    userId: string;
  }
}

const { PORT, METRICS_PORT, DATABASE_URL, REDIS_URL = '', JWKS_URL = '', SIGNING_KEY = '' } = process.env;
const [accessTokenSeconds, refreshTokenSeconds] = [900, 7 * 86_400];

const pool = new pg.Pool({ connectionString: DATABASE_URL, max: 10, connectionTimeoutMillis: 3_000 });
const redis = new Redis(REDIS_URL, { enableAutoPipelining: true });
const { keys } = (await (await fetch(JWKS_URL)).json()) as { keys: JsonWebKeyInput['key'][] };
const verifyToken = createVerifier({
  key: createPublicKey({ key: keys[0] ?? {}, format: 'jwk' })
    .export({ format: 'pem', type: 'spki' })
    .toString(),
  ...{ algorithms: ['EdDSA'], allowedIss: 'lms-auth', allowedAud: 'lms-api', cache: 10_000 },
});
const signToken = createSigner({
  key: createPrivateKey(SIGNING_KEY).export({ format: 'pem', type: 'pkcs8' }).toString(),
  ...{ algorithm: 'EdDSA', iss: 'lms-auth', aud: 'lms-api', expiresIn: accessTokenSeconds * 1000 },
});

collectDefaultMetrics();
const durations = new Histogram({
  name: 'http_request_duration_seconds',
  help: 'Duration of requests',
  labelNames: ['method', 'route', 'status'],
});

const app = fastify({ logger: true, trustProxy: 'loopback', requestTimeout: 15_000 });
app.addHook('onResponse', async (request, reply) => {
  const labels = { method: request.method, route: request.routeOptions.url ?? '', status: reply.statusCode };
  durations.observe(labels, reply.elapsedTime / 1000);
});
await app.register(helmet);
await app.register(etag, { weak: true });
await app.register(rateLimit, {
  ...{ redis, hook: 'preHandler', max: 600, timeWindow: 60_000 },
  keyGenerator: (request) => request.userId || request.ip,
});
app.decorateRequest('userId', '');

const signedIn = { onRequest: authenticate };
const limitedByAddress = (max: number) => ({ rateLimit: { max, timeWindow: 60_000 } });

app.get('/health', { config: { rateLimit: false } }, async () => ({ status: 'ok' }));

app.get('/api/v1/lessons/:lessonId', { ...signedIn, schema: schemas.lesson }, async (request, reply) => {
  const { lessonId } = request.params as { lessonId: string };
  const [lessons, exercises] = await Promise.all([
    pool.query({ ...statements.findLesson, values: [lessonId] }),
    pool.query({ ...statements.listExercises, values: [lessonId] }),
  ]);
  if (lessons.rows.length === 0) return notFound(reply);
  return { ...lessons.rows[0], exercises: exercises.rows };
});

app.get('/api/v1/courses', { ...signedIn, schema: schemas.courses }, async (request) => {
  const { limit, cursor, q } = request.query as { limit: number; cursor?: string; q?: string };
  const pattern = q === undefined ? null : `%${q.replace(/[\\%_]/g, '\\$&')}%`;
  const { rows } = await pool.query({
    ...statements.listCourses,
    values: [cursor ?? null, pattern, limit + 1],
  });
  const items = rows.slice(0, limit);
  return { items, nextCursor: rows.length > limit ? items.at(-1).id : null };
});

app.post(
  '/api/v1/exercises/:exerciseId/answers',
  { ...signedIn, schema: schemas.answer },
  async (request, reply) => {
    const { exerciseId } = request.params as { exerciseId: string };
    const { answer } = request.body as { answer: unknown };
    const answerId = randomUUID();
    const client = await pool.connect();
    try {
      await client.query('BEGIN');
      await client.query({
        ...statements.insertAnswer,
        values: [answerId, request.userId, exerciseId, JSON.stringify(answer)],
      });
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK');
      throw error;
    } finally {
      client.release();
    }
    return reply.code(201).send({ answerId });
  },
);

app.post(
  '/api/v1/auth/login',
  { schema: schemas.login, config: limitedByAddress(120) },
  async (request, reply) => {
    const { email, password } = request.body as { email: string; password: string };
    const { rows } = await pool.query({ ...statements.findUserByEmail, values: [email] });
    const user = rows[0];
    if (!user || !(await verify(user.passwordHash, password)))
      return reply.code(401).send({ code: 'invalid_credentials' });
    const sessionId = randomUUID();
    const refreshToken = newRefreshToken();
    await pool.query({
      ...statements.insertSession,
      values: [sessionId, user.id, hashOf(refreshToken), expiry()],
    });
    return signedInBody(user, { sessionId, refreshToken });
  },
);

app.post(
  '/api/v1/auth/refresh',
  { schema: schemas.refresh, config: limitedByAddress(600) },
  async (request, reply) => {
    const { refreshToken: old } = request.body as { refreshToken: string };
    const refreshToken = newRefreshToken();
    const { rows } = await pool.query({
      ...statements.rotateSession,
      values: [hashOf(old), hashOf(refreshToken), expiry()],
    });
    if (!rows[0]) return reply.code(401).send({ code: 'refresh_token_invalid' });
    return signedInBody(rows[0], { sessionId: rows[0].sessionId, refreshToken });
  },
);

app.get('/api/v1/users/me', { ...signedIn, schema: schemas.me }, async (request, reply) => {
  const { rows } = await pool.query({ ...statements.findUser, values: [request.userId] });
  return rows[0] ?? notFound(reply);
});

const metricsServer = createServer(async (_req, res) => {
  const text = await register.metrics();
  res.writeHead(200, { 'content-type': register.contentType }).end(text);
});
await pool.query('SELECT 1');
metricsServer.listen(Number(METRICS_PORT), '127.0.0.1');
await app.listen({ port: Number(PORT), host: '127.0.0.1' });
process.once('SIGTERM', async () => {
  await app.close();
  await pool.end();
  process.exit(0);
});

async function authenticate(request: FastifyRequest, reply: FastifyReply): Promise<void> {
  try {
    const token = request.headers.authorization?.slice('Bearer '.length) ?? '';
    request.userId = (verifyToken(token) as { sub: string }).sub;
  } catch {
    await reply.code(401).send({ code: 'unauthenticated' });
  }
}

function notFound(reply: FastifyReply) {
  return reply.code(404).send({ code: 'not_found' });
}

function signedInBody(
  user: { id: string; role: string },
  session: { sessionId: string; refreshToken: string },
) {
  const accessToken = signToken({ sub: user.id, sid: session.sessionId, role: user.role });
  return { user, accessToken, ...session };
}

function newRefreshToken(): string {
  return randomBytes(32).toString('base64url');
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

function expiry(): Date {
  return new Date(Date.now() + refreshTokenSeconds * 1000);
}
