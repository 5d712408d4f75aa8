import { glob } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { createPrismaAdapter, migrateDeploy } from '@lms/postgres';
import { migrationFolders } from '@lms/prisma-cli/migration-folders';
import pg from 'pg';
import { PrismaClient as Ai } from '../../../../services/ai/src/generated/prisma/client.ts';
import { PrismaClient as Auth } from '../../../../services/auth/src/generated/prisma/client.ts';
import { PrismaClient as Content } from '../../../../services/content/src/generated/prisma/client.ts';
import { PrismaClient as Media } from '../../../../services/media/src/generated/prisma/client.ts';
import type { Call } from './call.ts';
import { contentCalls, contentWithoutSql } from './content-calls.ts';
import { type Explained, explainingClient } from './explain-statements.ts';
import { fillDatabase, type Scale } from './fill-database.ts';
import { aiCalls, authCalls, mediaCalls } from './other-calls.ts';
import { faultsOf } from './plan-facts.ts';
import { sampleIds } from './sample-ids.ts';

const repo = join(import.meta.dirname, '../../../..');
/** What is used of a service's Prisma client; their types have nothing in common. */
interface Client {
  $transaction(
    work: (tx: never) => Promise<void>,
    options: { timeout: number; maxWait: number },
  ): Promise<void>;
  $disconnect(): Promise<void>;
}
type ClientOptions = ConstructorParameters<typeof Content>[0];
const clients = { auth: Auth, content: Content, media: Media, ai: Ai } as unknown as Record<
  'auth' | 'content' | 'media' | 'ai',
  new (
    options: ClientOptions,
  ) => Client
>;
type Service = keyof typeof clients;

/** A call of a store function with its statements, and what is wrong with their plans. */
export interface ExplainedCall {
  /** Such as `content/answers/answer-store findAskedExercise (heavy learner)`. */
  name: string;
  allowed?: string | undefined;
  statements: (Explained & { faults: string[] })[];
}

/** An exported store function, by its file and name. */
interface StoreFunction {
  name: string;
  of: unknown;
}

/** Migrates and fills the schemas of all services in an empty database; a filled one is left as it is. */
export async function prepareData(
  databaseUrl: string,
  options: { scale: Scale; note: (line: string) => void },
): Promise<void> {
  for (const { schema, folder } of await migrationFolders(['services'])) {
    await migrateDeploy({ databaseUrl, schema, migrationsDir: folder, log: { info: () => undefined } });
  }
  await fillDatabase(databaseUrl, options);
}

/** Every exported function of the services' stores. */
export async function storeFunctions(): Promise<StoreFunction[]> {
  const found: StoreFunction[] = [];
  for await (const path of glob('services/*/src/**/*-store.ts', { cwd: repo })) {
    const file = join(repo, path);
    const store = (await import(file)) as Record<string, unknown>;
    const place = relative(join(repo, 'services'), file).replace('/src/', '/').replace(/\.ts$/, '');
    for (const [name, of] of Object.entries(store))
      if (typeof of === 'function') found.push({ name: `${place} ${name}`, of });
  }
  return found.sort((a, b) => a.name.localeCompare(b.name));
}

/** Calls every store function on the data, each in a transaction that is rolled back, and explains its statements. */
export async function explainStores(
  databaseUrl: string,
  { only = '', note = () => undefined }: { only?: string; note?: (line: string) => void } = {},
): Promise<{ calls: ExplainedCall[]; uncalled: string[] }> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const ids = await sampleIds(client);
    const bigTables = await findBigTables(client);
    const made: Record<Service, Call[]> = {
      content: contentCalls(ids),
      auth: authCalls(ids),
      media: mediaCalls(ids),
      ai: aiCalls(ids),
    };
    const functions = await storeFunctions();
    const called = new Set([
      ...Object.values(made).flatMap((calls) => calls.map(({ of }) => of)),
      ...contentWithoutSql,
    ]);
    const nameOf = new Map(functions.map(({ name, of }) => [of, name]));
    const calls: ExplainedCall[] = [];
    for (const service of Object.keys(made) as Service[]) {
      const wanted = made[service]
        .map((each) => ({ ...each, name: `${nameOf.get(each.of)}${each.what ? ` (${each.what})` : ''}` }))
        .filter(({ name }) => name.includes(only));
      calls.push(...(await explainCalls(wanted, { databaseUrl, service, bigTables, note })));
    }
    return { calls, uncalled: functions.filter(({ of }) => !called.has(of)).map(({ name }) => name) };
  } finally {
    await client.end();
  }
}

class Undone extends Error {}

/** Runs and explains `calls` of one service. */
export async function explainCalls(
  calls: (Call & { name: string })[],
  options: {
    databaseUrl: string;
    service: Service;
    bigTables: ReadonlySet<string>;
    note?: (line: string) => void;
  },
): Promise<ExplainedCall[]> {
  const { databaseUrl, service, bigTables, note } = options;
  let explained: Explained[] = [];
  const pool = new pg.Pool({
    connectionString: databaseUrl,
    options: `-c search_path=${service} -c statement_timeout=600s`,
    max: 1,
    Client: explainingClient((each) => explained.push(each)),
  });
  const log = { warn: () => undefined, info: () => undefined } as never;
  const prisma = new clients[service]({ adapter: createPrismaAdapter(pool, { schema: service, log }) });
  const done: ExplainedCall[] = [];
  try {
    for (const { name, allowed, run } of calls) {
      note?.(name);
      explained = [];
      await prisma
        .$transaction(
          async (tx) => {
            await run(tx);
            throw new Undone();
          },
          { timeout: 900_000, maxWait: 20_000 },
        )
        .catch((error: unknown) => {
          if (!(error instanceof Undone)) throw new Error(`${name} failed`, { cause: error });
        });
      const statements = explained.map((each) => ({ ...each, faults: faultsOf(each.facts, { bigTables }) }));
      done.push({ name, allowed, statements });
    }
  } finally {
    await prisma.$disconnect();
  }
  return done;
}

/**
 * Indexes that are neither unique nor in any of these plans. They may still serve functions, triggers and foreign keys,
 * whose plans are not shown.
 */
export async function findUnusedIndexes(databaseUrl: string, calls: ExplainedCall[]): Promise<string[]> {
  const used = new Set(calls.flatMap(({ statements }) => statements.flatMap(({ facts }) => facts.indexes)));
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string; index: string }>(
      `SELECT n.nspname || '.' || c.relname AS name, c.relname AS index
       FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace
       WHERE n.nspname IN ('auth', 'content', 'media', 'ai') AND NOT i.indisunique ORDER BY 1`,
    );
    return rows.filter(({ index }) => !used.has(index)).map(({ name }) => name);
  } finally {
    await client.end();
  }
}

/** Tables that grow, as far as the statistics of the filled database say. */
export async function findBigTables(client: pg.Client): Promise<Set<string>> {
  const { rows } = await client.query<{ relname: string }>(
    `SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
     WHERE relkind IN ('r', 'p') AND nspname IN ('auth', 'content', 'media', 'ai') AND reltuples > 1500`,
  );
  return new Set(rows.map(({ relname }) => relname));
}
