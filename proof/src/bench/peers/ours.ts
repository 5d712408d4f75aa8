import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { generateClients } from '@lms/prisma-cli/generate';
import type { TokenIssuer } from '@lms/testing';
import type { StartedProcess } from '@lms/tools/stack/processes';
import { strToU8, zipSync } from 'fflate';
import pg from 'pg';
import { stringify } from 'yaml';
import { type ApiFacts, apiWorks, readEtags } from './api-works.ts';
import { type BackingServers, type Place, startBackingServers } from './backing-servers.ts';
import type { Contender, WorkName } from './contender.ts';
import {
  type CourseData,
  createAccounts,
  createCourses,
  type LessonData,
  nextAddress,
  password,
} from './dataset.ts';
import { type ImageLayout, layOutImage } from './image-layout.ts';
import type { StartPeer } from './peers.ts';
import { startBeside, startOnServerCore, untilReady } from './pinned-program.ts';

const run = promisify(execFile);
const accountCount = 320;

/** Our auth and content services, built and started as in their images: `api` processes and content's `worker`. */
export async function startOurs(place: Place, { issuer, users }: StartPeer): Promise<Contender> {
  const tokens = users.map(({ token }) => token);
  const servers = await startBackingServers(place, { withKafka: true });
  await generateClients(['auth', 'content']);
  const layouts = { auth: await layOutImage('auth', place), content: await layOutImage('content', place) };
  const env = serviceEnv(servers, issuer);
  for (const { folder, entrypoint, env: own } of Object.values(layouts)) {
    const [program = '', ...args] = entrypoint;
    await run(program, [...args, 'migrate'], { cwd: folder, env: { ...own, ...env }, timeout: 120_000 });
  }
  const start = (service: 'auth' | 'content', mode: 'api' | 'worker') =>
    startService({ place, service, mode, layout: layouts[service], env });
  const [auth, content, worker] = await Promise.all([
    start('auth', 'api'),
    start('content', 'api'),
    start('content', 'worker'),
  ]);
  const pool = new pg.Pool({ connectionString: servers.databaseUrl, max: 1 });
  pool.on('error', () => undefined);
  const published = await publishCourses({ url: content.url, issuer, pool });
  const lessonIds = published.flatMap(({ lessons }) => lessons.map(({ id }) => id));
  const accounts = await register(auth.url);
  const facts: ApiFacts = {
    ...{ tokens, lessonIds, healthPath: '/livez' },
    etags: await readEtags(content.url, { tokens, lessonIds }),
    answers: await exercisesToAnswer({ url: content.url, published, tokens }),
    accounts,
    accountTokens: accounts.map(({ id, token }) => ({ id, token })),
    refreshTokens: accounts.map(({ refreshToken }) => refreshToken),
  };
  const calls = apiWorks(facts);
  const shared = { postgres: servers.postgres, redis: servers.redis };
  const workOf = (name: WorkName, service: typeof auth) => ({
    ...{ url: service.url, next: calls[name], processes: { server: service.process, ...shared } },
  });
  const answer = workOf('answer', content);
  return {
    name: 'ours',
    works: {
      lesson: workOf('lesson', content),
      'cached lesson': workOf('cached lesson', content),
      '304': workOf('304', content),
      list: workOf('list', content),
      search: workOf('search', content),
      answer: {
        ...answer,
        processes: { ...answer.processes, worker: worker.process },
        settle: () => untilProjected(pool),
      },
      login: workOf('login', auth),
      refresh: workOf('refresh', auth),
      account: workOf('account', auth),
      health: workOf('health', content),
    },
    programs: [
      { title: 'content api', ...content },
      { title: 'content worker', ...worker },
      { title: 'auth api', ...auth },
    ],
  };
}

interface RunningService {
  process: StartedProcess;
  url: string;
  metricsUrl: string;
}

async function startService(options: {
  place: Place;
  service: string;
  mode: 'api' | 'worker';
  layout: ImageLayout;
  env: NodeJS.ProcessEnv;
}): Promise<RunningService> {
  const { place, service, mode, layout, env } = options;
  const name = `${service}-${mode}`;
  const [port, metricsPort] = [await place.freePort(name), await place.freePort(`${name}-metrics`)];
  const logFile = place.logFile(name);
  const [command = '', ...args] = [...layout.entrypoint, mode];
  const since = performance.now();
  // Work that follows later has the other core, so that it does not slow down the server that is measured.
  const program = (mode === 'api' ? startOnServerCore : startBeside)({
    ...{ name, command, args, cwd: layout.folder, logFile },
    env: { ...layout.env, ...env, PORT: String(port), METRICS_PORT: String(metricsPort) },
  });
  const url = `http://127.0.0.1:${port}`;
  await untilReady(`${url}/readyz`, { program, logFile, since });
  return { process: program, url, metricsUrl: `http://127.0.0.1:${metricsPort}/metrics` };
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

interface Published {
  data: CourseData;
  lessons: { id: string; data: LessonData }[];
}

/** As an editor does it: import, attach files, publish. */
async function publishCourses(into: {
  url: string;
  issuer: TokenIssuer;
  pool: pg.Pool;
}): Promise<Published[]> {
  const { url, issuer, pool } = into;
  const published: Published[] = [];
  let editor = '';
  for (const [index, data] of createCourses().entries()) {
    // An editor may change sixty courses a minute.
    if (index % 15 === 0) editor = await issuer.tokenFor({ userId: randomUUID(), role: 'editor' });
    const headers = { authorization: `Bearer ${editor}`, 'content-type': 'application/json' };
    const { courseId, lessons, missingMedia } = await call<{
      courseId: string;
      lessons: { id: string; sourceKey: string }[];
      missingMedia: { path: string }[];
    }>(`${url}/api/v1/courses/import`, {
      ...{ method: 'POST', headers: { ...headers, 'content-type': 'application/zip' }, body: zipOf(data) },
    });
    const files = missingMedia.map(({ path }) => ({ path, assetId: randomUUID() }));
    await reportUploads(pool, files);
    await call(`${url}/api/v1/courses/${courseId}/media`, {
      ...{ method: 'PUT', headers, body: JSON.stringify({ files }) },
    });
    await call(`${url}/api/v1/courses/${courseId}/publish`, { method: 'POST', headers, body: '{}' });
    published.push({
      data,
      lessons: data.lessons.map((lesson) => {
        const found = lessons.find(({ sourceKey }) => sourceKey.endsWith(`/${lesson.name}`));
        if (!found) throw new Error(`the import does not report ${lesson.name}`);
        return { id: found.id, data: lesson };
      }),
    });
  }
  return published;
}

/** Files as the media service would have reported them, which does not run here. */
async function reportUploads(pool: pg.Pool, files: { path: string; assetId: string }[]): Promise<void> {
  await pool.query(
    `INSERT INTO content.media_assets (asset_id, owner_id, purpose, status, key, content_type, size_bytes, updated_at)
     SELECT id, gen_random_uuid(), 'lesson_audio', 'ready', 'lessons/' || id || '.mp3', 'audio/mpeg', 20000, now()
     FROM unnest($1::uuid[]) AS id`,
    [files.map(({ assetId }) => assetId)],
  );
}

function zipOf(course: CourseData): Uint8Array<ArrayBuffer> {
  const { slug, title, description, level, lessons } = course;
  const file = (value: object) => strToU8(stringify(value));
  const files = {
    'course.yaml': file({
      ...{ format: 'lms-course/v1', id: slug, slug, language: 'es', forLanguage: 'en', level },
      ...{ title: { en: title }, description: { en: description }, units: ['one'] },
    }),
    'units/one/unit.yaml': file({ title: { en: 'One' }, lessons: lessons.map(({ name }) => name) }),
    ...Object.fromEntries(
      lessons.map((lesson) => [`units/one/${lesson.name}.yaml`, file(lessonFile(lesson))]),
    ),
  };
  return new Uint8Array(zipSync(files));
}

function lessonFile({ title, notes, items, choices, blanks }: LessonData): object {
  return {
    ...{ title: { en: title }, notes: { en: notes } },
    items: items.map(({ translations, ...item }) => ({ ...item, translations: { en: translations } })),
    exercises: [
      ...choices.map(({ key, question, options }) => ({
        ...{ key, kind: 'mcq', content: { question: { text: question }, options }, solution: { correct: 0 } },
      })),
      ...blanks.map(({ key, text, accepted }) => ({
        ...{ key, kind: 'fill_blank', content: { text }, solution: { blanks: [[accepted]] } },
      })),
    ],
  };
}

/** Every user has one course; each answers the exercises that are typed, correctly. */
async function exercisesToAnswer(from: { url: string; published: Published[]; tokens: string[] }) {
  const { url, published, tokens } = from;
  const perCourse = await Promise.all(
    published.map(async ({ lessons }, index) => {
      const found: { exerciseId: string; answer: object }[] = [];
      for (const { id, data } of lessons) {
        const { exercises } = await call<{ exercises: { id: string; kind: string }[] }>(
          `${url}/api/v1/lessons/${id}`,
          { headers: { authorization: `Bearer ${tokens[index]}`, 'accept-language': 'en' } },
        );
        for (const exercise of exercises)
          if (exercise.kind === 'fill_blank')
            found.push({
              exerciseId: exercise.id,
              answer: { kind: 'fill_blank', blanks: [data.blanks[0]?.accepted] },
            });
      }
      return found;
    }),
  );
  const rounds = perCourse[0]?.length ?? 0;
  return Array.from({ length: rounds }, (_, round) =>
    tokens.map((token, user) => {
      const course = perCourse[user % perCourse.length] ?? [];
      return { token, ...(course[round] as (typeof course)[number]) };
    }),
  ).flat();
}

/** Every account signs up, a few at a time, and keeps its session for refreshing. */
async function register(url: string) {
  const waiting = createAccounts(accountCount);
  const registered: { email: string; id: string; token: string; refreshToken: string }[] = [];
  const work = async () => {
    for (let account = waiting.pop(); account; account = waiting.pop()) {
      const { email } = account;
      const body = await call<{ user: { id: string }; accessToken: string; refreshToken: string }>(
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

async function call<T>(url: string, init: RequestInit): Promise<T> {
  const response = await fetch(url, init);
  const text = await response.text();
  if (!response.ok)
    throw new Error(`${init.method ?? 'GET'} ${url}: ${response.status} ${text.slice(0, 600)}`);
  return JSON.parse(text) as T;
}
