import { join } from 'node:path';
import { baseEnv } from '@lms/tools/stack/services-env';
import type { Place } from './backing-servers.ts';
import { answers, isNotModified } from './checks.ts';
import type { Call, Contender, Work } from './contender.ts';
import { startOnServerCore, untilReady } from './pinned-program.ts';

/** `node:http` without anything else. */
export async function startBare(place: Place): Promise<Contender> {
  const port = await place.freePort('http');
  const logFile = place.logFile('bare');
  const since = performance.now();
  const program = startOnServerCore({
    ...{ name: 'bare', command: process.execPath, cwd: place.home, logFile },
    args: [join(import.meta.dirname, 'bare-server.ts')],
    env: { ...baseEnv(), NODE_ENV: 'production', PORT: String(port) },
  });
  const url = `http://127.0.0.1:${port}`;
  await untilReady(url, { program, logFile, since });
  const etag = (await fetch(url)).headers.get('etag') ?? '';
  const get =
    (check: Call['check'], headers: Record<string, string> = {}) =>
    (): Call => ({
      ...{
        method: 'GET',
        path: '/api/v1/lessons/bare',
        headers: { 'accept-language': 'en', ...headers },
        check,
      },
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
    programs: [{ title: 'bare', process: program }],
  };
}
