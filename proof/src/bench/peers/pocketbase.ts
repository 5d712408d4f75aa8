import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheDir, findProgram } from '@lms/tools/stack/downloads';
import { baseEnv } from '@lms/tools/stack/services-env';
import type { Place } from './backing-servers.ts';
import { answers, inTurn } from './checks.ts';
import type { Call, Contender, Work, WorkName } from './contender.ts';
import {
  createAccounts,
  createCourses,
  nextAddress,
  password,
  plainExercises,
  searchMatches,
  searchWord,
} from './dataset.ts';
import { peersFolder } from './peers.ts';
import { startProgram } from './program.ts';

const run = promisify(execFile);
const source = join(peersFolder, 'pocketbase');

interface Facts {
  users: { id: string; email: string; token: string }[];
  lessonIds: string[];
  exerciseIds: string[];
}

/** PocketBase, with SQLite in its own process. Returns the reason if it cannot be built here. */
export async function startPocketBase(place: Place): Promise<Contender | string> {
  const go = findProgram('go') ?? (existsSync('/usr/local/go/bin/go') ? '/usr/local/go/bin/go' : null);
  if (!go) return 'there is no Go on this machine to build it with';
  const command = await buildOnce(go);
  const dataDir = join(place.home, 'data');
  const facts = await fill(place, command, dataDir);
  const port = await place.freePort('http');
  const program = await startProgram({
    ...{ name: 'pocketbase', kind: 'other', command, cwd: place.home, logFile: place.logFile('pocketbase') },
    args: ['serve', `--http=127.0.0.1:${port}`, `--dir=${dataDir}`],
    env: baseEnv(),
    ...{ url: `http://127.0.0.1:${port}`, readyPath: '/api/health' },
  });
  const workOf = (next: () => Call): Work => ({ url: program.url, next, processes: { server: program } });
  const calls = Object.entries(callsOf(facts)).map(([name, next]) => [name, workOf(next)]);
  return { name: 'pocketbase', works: Object.fromEntries(calls), programs: [program] };
}

/** Compiles it into the cache, under a name made from its source. The first time takes minutes. */
async function buildOnce(go: string): Promise<string> {
  const hash = createHash('sha256');
  for (const file of ['go.mod', 'go.sum', 'main.go']) hash.update(readFileSync(join(source, file)));
  const folder = join(cacheDir(), 'bench-pocketbase');
  const program = join(folder, hash.digest('hex').slice(0, 16));
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  const partial = `${program}.${process.pid}`;
  await run(go, ['build', '-trimpath', '-ldflags', '-s -w', '-o', partial, '.'], {
    cwd: source,
    env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly -buildvcs=false' },
  });
  renameSync(partial, program);
  return program;
}

async function fill(place: Place, command: string, dataDir: string): Promise<Facts> {
  const [dataFile, factsFile] = [join(place.home, 'data.json'), join(place.home, 'facts.json')];
  const courses = createCourses().map(({ lessons, ...course }) => ({
    ...course,
    lessons: lessons.map((lesson) => ({
      ...{ title: lesson.title, notes: lesson.notes, items: lesson.items, exercises: plainExercises(lesson) },
    })),
  }));
  const emails = createAccounts().map(({ email }) => email);
  writeFileSync(dataFile, JSON.stringify({ password, emails, courses }));
  await run(command, ['fill', `--dir=${dataDir}`], {
    env: { ...baseEnv(), PEERS_DATA: dataFile, PEERS_FACTS: factsFile },
    timeout: 120_000,
  });
  return JSON.parse(readFileSync(factsFile, 'utf8')) as Facts;
}

/** Its own API; it knows no ETags. Requests are limited per address. */
function callsOf({ users, lessonIds, exerciseIds }: Facts): Partial<Record<WorkName, () => Call>> {
  const [nextUser, nextLesson, nextExercise] = [inTurn(users), inTurn(lessonIds), inTurn(exerciseIds)];
  const records = (collection: string) => `/api/collections/${collection}/records`;
  const get = (path: string, check: Call['check'], { token } = nextUser()): Call => ({
    ...{ method: 'GET', path, check, headers: { authorization: token, 'x-forwarded-for': nextAddress() } },
  });
  const post = (path: string, body: object, check: Call['check'], token = ''): Call => ({
    ...{ method: 'POST', path, body: JSON.stringify(body), check },
    headers: {
      ...{ 'content-type': 'application/json', 'x-forwarded-for': nextAddress() },
      ...(token ? { authorization: token } : {}),
    },
  });
  const lesson = (id: string) =>
    get(
      `${records('lessons')}/${id}?expand=exercises_via_lesson`,
      answers<{ id: string; expand: { exercises_via_lesson: unknown[] } }>(
        200,
        (body) => body.id === id && body.expand.exercises_via_lesson.length === 5,
      ),
    );
  const list = (query: string, length: number) =>
    get(
      `${records('courses')}?perPage=20&skipTotal=1&sort=id${query}`,
      answers<{ items: unknown[] }>(200, ({ items }) => items.length === length),
    );
  const filter = encodeURIComponent(`(title ~ '${searchWord}' || description ~ '${searchWord}')`);
  const signedIn = (id: string) =>
    answers<{ token: string; record: { id: string } }>(
      200,
      ({ token, record }) => token.length > 0 && record.id === id,
    );
  return {
    lesson: () => lesson(nextLesson()),
    'cached lesson': () => lesson(lessonIds[0] as string),
    list: () => list('', 20),
    search: () => list(`&filter=${filter}`, searchMatches),
    answer: () => {
      const { id, token } = nextUser();
      const answer = { kind: 'fill_blank', blanks: ['vamos'] };
      const isStored = answers<{ id: string }>(200, (body) => body.id.length > 0);
      return post(records('answers'), { user: id, exercise: nextExercise(), answer }, isStored, token);
    },
    login: () => {
      const { id, email } = nextUser();
      return post('/api/collections/users/auth-with-password', { identity: email, password }, signedIn(id));
    },
    refresh: () => {
      const { id, token } = nextUser();
      return post('/api/collections/users/auth-refresh', {}, signedIn(id), token);
    },
    account: () => {
      const user = nextUser();
      return get(
        `${records('users')}/${user.id}`,
        answers<{ id: string }>(200, ({ id }) => id === user.id),
        user,
      );
    },
    health: () => get('/api/health', (status) => status === 200, { id: '', email: '', token: '' }),
  };
}
