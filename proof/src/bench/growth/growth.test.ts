import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generateClients } from '@lms/prisma-cli/generate';
import { createTestDatabase, type TestDatabase } from '@lms/testing';
import pg from 'pg';
import { isFaulty } from './bench-growth.ts';
import { call } from './call.ts';
import type { ExplainedCall } from './explain-stores.ts';
import { faultsOf, type PlanFacts, planFacts } from './plan-facts.ts';

type Stores = typeof import('./explain-stores.ts');
let database: TestDatabase;
let stores: Stores;
/** The small form of npm run bench -- growth: data of a platform in use, a fiftieth of it. */
beforeAll(async () => {
  await generateClients(['auth', 'content', 'media', 'ai']);
  stores = await import('./explain-stores.ts');
  // An index finds texts by their beginning only if it does not depend on the order of texts.
  database = await createTestDatabase('growth', { icuLocale: 'en-US' });
  await stores.prepareData(database.databaseUrl, { scale: 'small', note: () => undefined });
}, 300_000);
afterAll(() => database?.drop());

const described = ({ name, statements }: ExplainedCall) =>
  `${name}: ${statements.flatMap(({ text, faults }) => (faults.length > 0 ? [`${faults.join(', ')}: ${text}`] : [])).join('; ')}`;

it('every statement of the stores has a plan that does not grow with the data', async () => {
  const { calls, uncalled } = await stores.explainStores(database.databaseUrl);
  expect(calls.length).toBeGreaterThan(150);
  expect(calls.flatMap(({ statements }) => statements).length).toBeGreaterThan(calls.length);
  expect(calls.filter(isFaulty).map(described)).toEqual([]);
  // A new function of a store needs a call in content-calls.ts or other-calls.ts.
  expect(uncalled).toEqual([]);
}, 300_000);

describe('a statement is refused that', () => {
  interface Tx {
    $queryRawUnsafe(sql: string, ...values: unknown[]): Promise<unknown>;
  }
  /** Explains a statement of a store that does not exist. */
  async function faultsOfStatement(text: string, ...values: unknown[]): Promise<string[]> {
    const store = (tx: Tx) => tx.$queryRawUnsafe(text, ...values);
    const client = new pg.Client({ connectionString: database.databaseUrl });
    await client.connect();
    try {
      const bigTables = await stores.findBigTables(client);
      const options = { databaseUrl: database.databaseUrl, service: 'content' as const, bigTables };
      const [explained] = await stores.explainCalls([{ ...call(store, ''), name: 'fixture' }], options);
      return explained?.statements.flatMap(({ faults }) => faults) ?? ['not explained'];
    } finally {
      await client.end();
    }
  }

  it('reads a big table from end to end', async () => {
    expect(
      await faultsOfStatement('SELECT id::text FROM answers WHERE xp = $1::int LIMIT 1', 3),
    ).toContainEqual(expect.stringMatching(/^sequential scan of answers(_\w+)? \(\d+ rows\)$/));
  });

  it('looks at many pages for one row, although it uses an index', async () => {
    const [week] = await database.query<{ week: string }>(
      'SELECT week::text FROM content.weekly_xp GROUP BY week ORDER BY count(*) DESC LIMIT 1',
    );
    const faults = await faultsOfStatement(
      'SELECT count(*)::int FROM weekly_xp WHERE week = $1::date AND xp > $2::int',
      week?.week,
      10,
    );
    expect(faults).toContainEqual(
      expect.stringMatching(/buffers for 1 rows; 200 are allowed|sequential scan/),
    );
  });

  it('changes more rows than a batch has', async () => {
    const all = 'UPDATE weekly_xp SET xp = xp + 1 WHERE week = (SELECT max(week) FROM weekly_xp)';
    expect(await faultsOfStatement(all)).toContainEqual(
      expect.stringMatching(/^changes \d+ rows; 1000 are allowed$/),
    );
  });

  it('and not one that reads a row by its key', async () => {
    expect(await faultsOfStatement('SELECT id::text FROM courses WHERE source_key = $1', 'course-7')).toEqual(
      [],
    );
  });
});

describe('what is read from a plan', () => {
  const facts: PlanFacts = { rows: 1, changed: 0, buffers: 5, seqScans: [], indexes: [], executionMs: 1 };
  const bigTables = new Set(['answers']);

  it('is the sum of its nodes', () => {
    const scan = { 'Node Type': 'Seq Scan', 'Relation Name': 'answers', 'Actual Rows': 2, 'Actual Loops': 3 };
    const plan = {
      Plan: {
        ...{ 'Node Type': 'ModifyTable', 'Shared Hit Blocks': 7, 'Shared Read Blocks': 1, 'Actual Rows': 0 },
        Plans: [{ ...scan, 'Parent Relationship': 'Outer', 'Rows Removed by Filter': 10 }],
      },
    };
    expect(planFacts(plan)).toMatchObject({ rows: 6, changed: 6, buffers: 8 });
    expect(planFacts(plan).seqScans).toEqual([{ table: 'answers', rows: 36 }]);
  });

  it('allows more pages for more rows, and sequential scans of small tables', () => {
    expect(faultsOf({ ...facts, buffers: 200 }, { bigTables })).toEqual([]);
    expect(faultsOf({ ...facts, buffers: 201 }, { bigTables })).toHaveLength(1);
    expect(faultsOf({ ...facts, rows: 20, buffers: 440 }, { bigTables })).toEqual([]);
    expect(faultsOf({ ...facts, seqScans: [{ table: 'units', rows: 20 }] }, { bigTables })).toEqual([]);
    expect(faultsOf({ ...facts, seqScans: [{ table: 'answers', rows: 20 }] }, { bigTables })).toHaveLength(1);
  });
});
