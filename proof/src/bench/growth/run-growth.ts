import { randomBytes } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { killAtExit } from '@lms/tools/stack/kill-at-exit';
import type { PartContext } from '@lms/tools/stack/part';
import { createPortChooser } from '@lms/tools/stack/ports';
import { createPostgres, postgresUrl } from '@lms/tools/stack/postgres';
import { benchGrowth } from './bench-growth.ts';
import type { Scale } from './fill-database.ts';

/** Runs `benchGrowth` on `databaseUrl`, or else on a PostgreSQL of its own in `home`. */
export async function runGrowth(options: {
  repo: string;
  home: string;
  scale: Scale;
  databaseUrl: string | undefined;
  only: string | undefined;
  print: (line: string) => void;
}): Promise<number> {
  const { repo, home, scale, databaseUrl, only, print } = options;
  const bench = (url: string) => benchGrowth({ databaseUrl: url, scale, print, ...(only ? { only } : {}) });
  if (databaseUrl) return bench(databaseUrl);
  const context: PartContext = {
    ...{ home, repo, dataDir: join(home, 'data'), logDir: join(home, 'logs') },
    started: killAtExit,
    signal: new AbortController().signal,
    outside: () => undefined,
  };
  for (const folder of [context.dataDir, context.logDir]) mkdirSync(folder, { recursive: true });
  const port = await createPortChooser({ remembered: {}, mode: 'free' }).choose('postgres', 5432);
  const password = randomBytes(24).toString('base64url');
  const server = await createPostgres(context, { port, password, durable: false });
  await server.start();
  try {
    return await bench(postgresUrl({ port, password }));
  } finally {
    await server.stop();
  }
}
