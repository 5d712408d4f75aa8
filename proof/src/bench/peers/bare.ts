import { join } from 'node:path';
import { baseEnv } from '@lms/tools/stack/services-env';
import type { Place } from './backing-servers.ts';
import { answers, isNotModified } from './checks.ts';
import type { Call, Contender, Work } from './contender.ts';
import { startProgram } from './program.ts';

/** `node:http` without anything else. */
export async function startBare(place: Place): Promise<Contender> {
  const program = await startScript(place, 'bare');
  const { url } = program;
  const etag = (await fetch(url)).headers.get('etag') ?? '';
  const get =
    (check: Call['check'], headers: Record<string, string> = {}) =>
    (): Call => ({
      ...{ method: 'GET', path: '/api/v1/lessons/bare', check },
      headers: { 'accept-language': 'en', ...headers },
    });
  const isLesson = answers<{ id: string }>(200, ({ id }) => id === 'bare');
  const workOf = (next: Work['next']): Work => ({ url, next, processes: { server: program } });
  return {
    name: 'bare',
    works: {
      'cached lesson': workOf(get(isLesson)),
      '304': workOf(get(isNotModified, { 'if-none-match': etag })),
      health: workOf(get(isLesson)),
    },
    programs: [program],
  };
}

/** Comparing a password, the part of a sign-in that cannot be made cheaper. */
export async function startArgon2id(place: Place): Promise<Contender> {
  const program = await startScript(place, 'argon2id');
  const { url } = program;
  const next = (): Call => ({
    ...{ method: 'GET', path: '/?amount=1', headers: {}, check: (_status, body) => body === 'done' },
  });
  const load = async (amount: number) => {
    const started = performance.now();
    const response = await fetch(`${url}/?amount=${Math.ceil(amount)}`);
    if ((await response.text()) !== 'done') throw new Error('passwords could not be compared');
    const seconds = (performance.now() - started) / 1000;
    const answered = Math.ceil(amount);
    return { answered, seconds, perSecond: answered / seconds, p99Ms: Number.NaN };
  };
  return {
    name: 'argon2id',
    works: { login: { url, next, load, processes: { server: program } } },
    programs: [],
  };
}

async function startScript(place: Place, name: 'bare' | 'argon2id') {
  const port = await place.freePort('http');
  return startProgram({
    ...{ name, kind: 'other', command: process.execPath, cwd: place.home, logFile: place.logFile(name) },
    args: [join(import.meta.dirname, `${name}-server.ts`)],
    env: { ...baseEnv(), NODE_ENV: 'production', PORT: String(port) },
    ...{ url: `http://127.0.0.1:${port}`, readyPath: '/?amount=1' },
  });
}
