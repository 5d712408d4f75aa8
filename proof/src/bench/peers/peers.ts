import { execFile } from 'node:child_process';
import { createHash, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TokenIssuer } from '@lms/testing';
import { baseEnv } from '@lms/tools/stack/services-env';
import { hash } from '@node-rs/argon2';
import { transform } from '@swc/core';
import pg from 'pg';
import { type ApiFacts, apiWorks, readEtags } from './api-works.ts';
import { type Place, startBackingServers } from './backing-servers.ts';
import { type Contender, type Work, type WorkName, workNames } from './contender.ts';
import { argon2Parameters, createAccounts, createCourses, password, plainExercises } from './dataset.ts';
import { startProgram } from './program.ts';

const run = promisify(execFile);
const sessionCount = 2_000;

/** Folder of the peers in this repository. */
export const peersFolder = join(import.meta.dirname, '../../../bench/peers');

export interface StartPeer {
  issuer: TokenIssuer;
  /** The work that will be measured; data for other work need not be there. */
  works: readonly WorkName[];
  /** Users with their access tokens. */
  users: { id: string; token: string }[];
}

/** Installs the packages of the peers from their lock file, unless it is done. */
export async function installPeers(print: (line: string) => void): Promise<void> {
  const lock = createHash('sha256')
    .update(await readFile(join(peersFolder, 'package-lock.json')))
    .digest('hex');
  const stamp = join(peersFolder, 'node_modules/.lms-installed');
  if (existsSync(stamp) && (await readFile(stamp, 'utf8')) === lock) return;
  print('installing the packages of the peers');
  await run(
    'npm',
    ['ci', '--ignore-scripts', '--no-workspaces', '--no-audit', '--no-fund', '--loglevel=error'],
    {
      cwd: peersFolder,
    },
  );
  await writeFile(stamp, lock);
}

/** Fastify 5 and pg. */
export function startFastifyPg(place: Place, options: StartPeer): Promise<Contender> {
  return startPeer(place, {
    ...options,
    name: 'fastify-pg',
    entry: join(peersFolder, 'fastify-pg/server.ts'),
  });
}

/** NestJS 11 and Prisma 7, compiled as `nest build` does it with swc. */
export async function startNestjs(place: Place, options: StartPeer): Promise<Contender> {
  const folder = join(peersFolder, 'nestjs');
  const prisma = join(place.repo, 'node_modules/prisma/build/index.js');
  await run(process.execPath, [prisma, 'generate'], { cwd: folder });
  await compile(join(folder, 'src'), join(folder, 'dist'));
  return startPeer(place, { ...options, name: 'nestjs', entry: join(folder, 'dist/main.js') });
}

async function compile(from: string, to: string): Promise<void> {
  await rm(to, { recursive: true, force: true });
  for (const file of await readdir(from, { recursive: true })) {
    if (!file.endsWith('.ts')) continue;
    const { code } = await transform(await readFile(join(from, file), 'utf8'), {
      ...{ filename: file, swcrc: false, module: { type: 'es6' } },
      jsc: {
        target: 'es2022',
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true, decoratorMetadata: true },
      },
    });
    const target = join(to, file.replace(/\.ts$/, '.js'));
    await mkdir(join(target, '..'), { recursive: true });
    await writeFile(target, code.replaceAll(/(from (['"])\.[^'"]*)\.ts\2/g, '$1.js$2'));
  }
}

async function startPeer(
  place: Place,
  { name, entry, issuer, users }: StartPeer & { name: 'nestjs' | 'fastify-pg'; entry: string },
): Promise<Contender> {
  const servers = await startBackingServers(place);
  const filled = await fillTables(servers.databaseUrl);
  const [port, metricsPort] = [await place.freePort('http'), await place.freePort('metrics')];
  const signingKey = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' });
  const url = `http://127.0.0.1:${port}`;
  const program = await startProgram({
    ...{ name, kind: 'other', command: process.execPath, args: [entry], cwd: peersFolder },
    ...{ url, readyPath: '/health', metricsUrl: `http://127.0.0.1:${metricsPort}/metrics` },
    logFile: place.logFile(name),
    env: {
      ...baseEnv(),
      NODE_ENV: 'production',
      PORT: String(port),
      METRICS_PORT: String(metricsPort),
      DATABASE_URL: servers.databaseUrl,
      REDIS_URL: servers.redisUrl,
      JWKS_URL: issuer.jwksUrl,
      SIGNING_KEY: String(signingKey),
    },
  });
  const tokens = users.map(({ token }) => token);
  const { lessonIds, exerciseIds, accounts, refreshTokens } = filled;
  const facts: ApiFacts = {
    ...{ tokens, lessonIds, accounts, refreshTokens, healthPath: '/health' },
    etags: await readEtags(url, { tokens, lessonIds }),
    answers: exerciseIds.flatMap((exerciseId, index) => ({
      ...{ exerciseId, answer: { kind: 'fill_blank', blanks: ['vamos'] } },
      token: tokens[index % tokens.length] as string,
    })),
    accountTokens: await Promise.all(
      accounts.map(async ({ id }) => ({
        id,
        token: await issuer.tokenFor({ userId: id, role: 'learner', expiresInSeconds: 86_400 }),
      })),
    ),
  };
  const calls = apiWorks(facts);
  const workOf = (work: WorkName): Work => ({
    ...{ url, next: calls[work] },
    processes: { server: program, postgres: servers.postgres, redis: servers.redis },
  });
  return {
    name,
    works: Object.fromEntries(workNames.map((work) => [work, workOf(work)])),
    programs: [program],
  };
}

/** The same courses, accounts and sessions as ours, as rows. */
async function fillTables(databaseUrl: string) {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  await client.query(await readFile(join(peersFolder, 'schema.sql'), 'utf8'));
  const [lessonIds, exerciseIds]: [string[], string[]] = [[], []];
  for (const course of createCourses()) {
    const courseId = randomUUID();
    const { slug, title, description, level, lessons } = course;
    await client.query('INSERT INTO courses VALUES ($1, $2, $3, $4, $5, $6, $7, $8)', [
      ...[courseId, slug, 'es', 'en', level, title, description, lessons.length],
    ]);
    for (const [position, lesson] of lessons.entries()) {
      const lessonId = randomUUID();
      lessonIds.push(lessonId);
      const items = lesson.items.map(({ audio, ...item }) => ({
        ...{ id: randomUUID(), kind: 'word', synonyms: [], imageUrls: [] },
        ...{ ...item, audioUrl: `https://cdn.peers.example/lessons/${randomUUID()}.mp3?${audio.length}` },
      }));
      await client.query('INSERT INTO lessons VALUES ($1, $2, $3, $4, $5, $6)', [
        ...[lessonId, courseId, position, lesson.title, lesson.notes, JSON.stringify(items)],
      ]);
      for (const [at, { kind, prompt, content, solution }] of plainExercises(lesson).entries()) {
        const id = randomUUID();
        if (kind === 'fill_blank') exerciseIds.push(id);
        await client.query('INSERT INTO exercises VALUES ($1, $2, $3, $4, $5, $6, $7)', [
          ...[id, lessonId, at, kind, prompt, JSON.stringify(content), JSON.stringify(solution)],
        ]);
      }
    }
  }
  const accounts = createAccounts();
  const passwordHash = await hash(password, argon2Parameters);
  for (const { id, email } of accounts)
    await client.query('INSERT INTO users (id, email, password_hash) VALUES ($1, $2, $3)', [
      id,
      email,
      passwordHash,
    ]);
  const refreshTokens = Array.from({ length: sessionCount }, () => randomBytes(32).toString('base64url'));
  for (const [index, token] of refreshTokens.entries())
    await client.query(`INSERT INTO sessions VALUES ($1, $2, $3, now(), now() + interval '7 days')`, [
      ...[randomUUID(), accounts[index % accounts.length]?.id],
      createHash('sha256').update(token).digest('base64url'),
    ]);
  await client.query('ANALYZE');
  await client.end();
  return { lessonIds, exerciseIds, accounts, refreshTokens };
}
