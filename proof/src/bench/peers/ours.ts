import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { generateClients } from '@lms/prisma-cli/generate';
import type { TokenIssuer } from '@lms/testing';
import pg from 'pg';
import { type ApiFacts, apiWorks, readEtags } from './api-works.ts';
import { type BackingServers, type Place, startBackingServers } from './backing-servers.ts';
import { callApi } from './call-api.ts';
import type { Contender, Work, WorkName } from './contender.ts';
import { createAccounts, nextAddress, password } from './dataset.ts';
import { exercisesToAnswer, publishCourses } from './fill-content.ts';
import { layOutImage } from './image-layout.ts';
import type { StartPeer } from './peers.ts';
import { type Program, startProgram } from './program.ts';

const run = promisify(execFile);

/** What the auth service does; content does all other work. */
const authWorks: readonly WorkName[] = ['login', 'refresh', 'account'];
const contentWorks: readonly WorkName[] = [
  'lesson',
  'cached lesson',
  '304',
  'list',
  'search',
  'answer',
  'health',
];

/**
 * Our auth and content services, built and started as in their images: `api` processes and content's `worker`. Starts
 * only the service that the work needs; both if there is none.
 */
export async function startOurs(place: Place, options: StartPeer): Promise<Contender> {
  const { works } = options;
  const needs = (some: readonly WorkName[]) =>
    works.length === 0 || works.some((name) => some.includes(name));
  const start = await prepareStart(place, options);
  const parts = [
    ...(needs(contentWorks) ? [await startContent(start)] : []),
    ...(needs(authWorks) ? [await startAuth(start)] : []),
  ];
  return {
    name: 'ours',
    works: Object.assign({}, ...parts.map((part) => part.works)),
    programs: parts.flatMap(({ programs }) => programs),
  };
}

/** The same services with several `api` processes of content, on one set of servers. */
export async function startPods(
  place: Place,
  options: StartPeer,
  { pods }: { pods: number },
): Promise<{ content: StartedContent; auth: Pick<Contender, 'works'> }> {
  const start = await prepareStart(place, options);
  return { content: await startContent(start, pods), auth: await startAuth(start) };
}

async function prepareStart(place: Place, options: StartPeer): Promise<StartService> {
  const servers = await startBackingServers(place, { withKafka: true });
  return { place, servers, env: serviceEnv(servers, options.issuer), options };
}

interface StartService {
  place: Place;
  servers: BackingServers;
  env: NodeJS.ProcessEnv;
  options: StartPeer;
}

/** Content's processes, with everything that its work takes. */
export interface StartedContent extends Omit<Contender, 'name'> {
  apis: Program[];
  worker: Program;
  servers: BackingServers;
  pool: pg.Pool;
}

async function startContent(start: StartService, pods = 1): Promise<StartedContent> {
  const { servers, options } = start;
  const { issuer, users } = options;
  const startMode = await prepareService('content', start);
  const [api, worker] = await Promise.all([startMode('api'), startMode('worker')]);
  const apis = [api];
  while (apis.length < pods) apis.push(await startMode('api'));
  const pool = new pg.Pool({ connectionString: servers.databaseUrl, max: 1 });
  pool.on('error', () => undefined);
  const tokens = users.map(({ token }) => token);
  const published = await publishCourses({ url: api.url, issuer, pool });
  const lessonIds = published.flatMap(({ lessons }) => lessons.map(({ id }) => id));
  const works = worksOf(
    contentWorks,
    { servers, server: api },
    {
      ...{ tokens, lessonIds, healthPath: '/livez' },
      etags: await readEtags(api.url, { tokens, lessonIds }),
      answers: await exercisesToAnswer({ url: api.url, published, tokens }),
    },
  );
  const answer = works.answer as Work;
  answer.processes = { ...answer.processes, worker };
  answer.settle = () => untilProjected(pool);
  return { works, programs: [...apis, worker], apis, worker, servers, pool };
}

async function startAuth(start: StartService): Promise<Omit<Contender, 'name'>> {
  const api = await (await prepareService('auth', start))('api');
  const accounts = await register(api.url);
  const works = worksOf(
    authWorks,
    { servers: start.servers, server: api },
    {
      accounts,
      accountTokens: accounts,
      refreshTokens: accounts.map(({ refreshToken }) => refreshToken),
    },
  );
  return { works, programs: [api] };
}

function worksOf(
  names: readonly WorkName[],
  { servers, server }: { servers: BackingServers; server: Program },
  facts: Partial<ApiFacts>,
): Contender['works'] {
  const calls = apiWorks(facts);
  const { postgres, redis } = servers;
  const workOf = (name: WorkName): Work => ({
    ...{ url: server.url, next: calls[name], processes: { server, postgres, redis } },
  });
  return Object.fromEntries(names.map((name) => [name, workOf(name)]));
}

/** Builds and migrates a service; the result starts it. */
async function prepareService(service: 'auth' | 'content', { place, env }: StartService) {
  await generateClients([service]);
  const { folder, entrypoint, env: imageEnv } = await layOutImage(service, place);
  const [command = '', ...args] = entrypoint;
  const allEnv = { ...imageEnv, ...env };
  await run(command, [...args, 'migrate'], { cwd: folder, env: allEnv, timeout: 120_000 });
  return async (mode: 'api' | 'worker'): Promise<Program> => {
    const name = `${service} ${mode}`;
    const [port, metricsPort] = [await place.freePort(name), await place.freePort(`${name} metrics`)];
    return startProgram({
      ...{ name, kind: mode, beside: mode === 'worker', command, args: [...args, mode], cwd: folder },
      ...{ url: `http://127.0.0.1:${port}`, readyPath: '/readyz' },
      logFile: place.logFile(`${service}-${mode}-${port}`),
      metricsUrl: `http://127.0.0.1:${metricsPort}/metrics`,
      env: { ...allEnv, PORT: String(port), METRICS_PORT: String(metricsPort) },
    });
  };
}

function serviceEnv(servers: BackingServers, issuer: TokenIssuer): NodeJS.ProcessEnv {
  return {
    DATABASE_URL: servers.databaseUrl,
    REDIS_URL: servers.redisUrl,
    KAFKA_BROKERS: servers.brokers,
    AUTH_JWKS_URL: issuer.jwksUrl,
    R2_PUBLIC_URL: 'https://cdn.peers.example',
    JWT_ACCESS_SECRET: randomBytes(32).toString('hex'),
    JWT_REFRESH_SECRET: randomBytes(32).toString('hex'),
    // Longer than a run, whose tokens are made once.
    JWT_ACCESS_EXPIRES_IN: '1h',
    SMTP_URL: 'smtp://127.0.0.1:9',
    MAIL_FROM: 'LMS <no-reply@peers.example>',
    APP_URL: 'https://app.peers.example',
    TRUST_PROXY_HOPS: '1',
  };
}

/** Every account signs up, a few at a time, and keeps its session for refreshing. */
async function register(url: string) {
  const waiting = createAccounts();
  const registered: { email: string; id: string; token: string; refreshToken: string }[] = [];
  const work = async () => {
    for (let account = waiting.pop(); account; account = waiting.pop()) {
      const { email } = account;
      const body = await callApi<{ user: { id: string }; accessToken: string; refreshToken: string }>(
        `${url}/api/v1/auth/register`,
        {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-forwarded-for': nextAddress() },
          body: JSON.stringify({ email, password }),
        },
      );
      registered.push({
        ...{ email, id: body.user.id, token: body.accessToken, refreshToken: body.refreshToken },
      });
    }
  };
  await Promise.all([work(), work(), work(), work()]);
  return registered;
}

/** Resolves when every answer's event was published and is in the learner's progress. */
async function untilProjected(pool: pg.Pool): Promise<void> {
  const deadline = performance.now() + 120_000;
  const countOf = async (sql: string) => (await pool.query<{ count: string }>(sql)).rows[0]?.count;
  for (;;) {
    if ((await countOf('SELECT count(*) FROM content.outbox')) === '0') {
      const given = await countOf('SELECT count(*) FROM content.answers');
      if ((await countOf('SELECT coalesce(sum(answers), 0) AS count FROM content.course_progress')) === given)
        return;
    }
    if (performance.now() > deadline)
      throw new Error('two minutes after the answers, not all of them are in the progress of the learners');
    await sleep(200);
  }
}
