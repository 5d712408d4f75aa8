import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createTestDatabase, eventuallyPasses, type TestDatabase } from '@lms/testing';
import type { Pool } from 'pg';
import { createPool } from '../create-pool.ts';
import { poolOptions, recordingLog } from '../testing/test-server.ts';
import { listPartitions } from './list-partitions.ts';
import { maintainPartitions } from './maintain-partitions.ts';
import { readPartitionStatus } from './partition-status.ts';
import { type PartitionedTable, uuidv7Floor } from './partitioned-table.ts';

const seen: PartitionedTable = {
  table: 'seen',
  key: { column: 'id', type: 'uuidv7' },
  every: 'day',
  ahead: 2,
  retention: { days: 3, column: 'at' },
};
const kept: PartitionedTable = {
  table: 'kept',
  key: { column: 'day', type: 'date' },
  every: 'month',
  ahead: 1,
  retention: null,
};
const at = (time: string) => new Date(`${time}Z`);
const now = at('2026-12-30T15:00:00');

let database: TestDatabase;
let pool: Pool;
beforeAll(async () => {
  database = await createTestDatabase('partitions');
  await database.query('CREATE SCHEMA postgres');
  pool = createPool(poolOptions(database.databaseUrl, { poolSize: 8 }));
});
beforeEach(async () => {
  await pool.query(`DROP TABLE IF EXISTS seen, kept;
    CREATE TABLE seen (id UUID PRIMARY KEY, at TIMESTAMPTZ NOT NULL DEFAULT now(), CHECK (at > '2000-01-01'))
      PARTITION BY RANGE (id);
    CREATE TABLE seen_default PARTITION OF seen DEFAULT;
    CREATE TABLE kept (day DATE NOT NULL) PARTITION BY RANGE (day);
    CREATE TABLE kept_default PARTITION OF kept DEFAULT`);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const maintain = (time: Date, log = recordingLog()) =>
  maintainPartitions({ pool, tables: [seen, kept], log, now: time });
const namesOf = async (table: PartitionedTable) =>
  (await listPartitions(pool, table)).map(({ name }) => name);
let number = 0;
/** A UUIDv7 of `time`. */
const idOf = (time: Date) => {
  number += 1;
  return `${uuidv7Floor(time).slice(0, 14)}7000-8000-${String(number).padStart(12, '0')}`;
};
const insert = (time: Date, handledAt = time) =>
  pool.query('INSERT INTO seen (id, at) VALUES ($1, $2)', [idOf(time), handledAt]);
const rowsOf = async (table: string) =>
  Number((await pool.query(`SELECT count(*) AS count FROM ${table}`)).rows[0]?.count);

describe('uuidv7Floor', () => {
  it('is not above an id of its time, and above every id before (example of RFC 9562)', () => {
    const example = '017f22e2-79b0-7cc3-98c4-dc0c0c07398f';
    const time = at('2022-02-22T19:22:22');
    expect(uuidv7Floor(time) <= example).toBe(true);
    expect(uuidv7Floor(time).slice(0, 13)).toBe(example.slice(0, 13));
    expect(uuidv7Floor(new Date(time.getTime() + 1)) > example).toBe(true);
  });
});

describe('maintainPartitions', () => {
  it('creates the current partition and those ahead, once', async () => {
    await expect(maintain(now)).resolves.toEqual({
      created: ['seen_20261230', 'seen_20261231', 'seen_20270101', 'kept_202612', 'kept_202701'],
      ...{ dropped: [], postponed: [], deletedRows: 0 },
    });
    await expect(maintain(now)).resolves.toMatchObject({ created: [], dropped: [] });
    expect(await namesOf(seen)).toEqual(['seen_20261230', 'seen_20261231', 'seen_20270101', 'seen_default']);
    await insert(at('2026-12-30T00:00:00'));
    await insert(at('2026-12-31T23:59:59.999'));
    expect(await rowsOf('seen_20261230')).toBe(1);
    expect(await rowsOf('seen_20261231')).toBe(1);
  });

  it('gives a partition the indexes and constraints of its table', async () => {
    await maintain(now);
    await insert(now);
    const twice = pool.query('INSERT INTO seen SELECT id FROM seen ON CONFLICT (id) DO NOTHING');
    expect((await twice).rowCount).toBe(0);
    await expect(insert(now, at('1999-01-01T00:00:00'))).rejects.toThrow('seen_at_check');
  });

  it('creates and drops each partition once when several processes run it', async () => {
    const changed = async (time: Date) => {
      const runs = await Promise.all(Array.from({ length: 6 }, () => maintain(time)));
      // Those that found another at work leave the rest to the next run.
      runs.push(await maintain(time));
      return {
        created: runs.flatMap(({ created }) => created).sort(),
        dropped: runs.flatMap(({ dropped }) => dropped).sort(),
      };
    };
    const first = await changed(now);
    expect(first.created).toEqual(
      ['kept_202612', 'kept_202701', 'seen_20261230', 'seen_20261231', 'seen_20270101'].sort(),
    );
    const later = await changed(at('2027-01-20T00:00:00'));
    expect(later.dropped).toEqual(['seen_20261230', 'seen_20261231', 'seen_20270101']);
    expect(later.created).toEqual(['kept_202702', 'seen_20270120', 'seen_20270121', 'seen_20270122']);
  });

  it('drops a partition when all of its rows have expired, not before', async () => {
    await maintain(now);
    await insert(now);
    await expect(maintain(at('2027-01-02T23:59:59'))).resolves.toMatchObject({ dropped: [] });
    expect(await rowsOf('seen')).toBe(1);
    await expect(maintain(at('2027-01-03T00:00:00'))).resolves.toMatchObject({
      dropped: ['seen_20261230'],
      postponed: [],
    });
    expect(await rowsOf('seen')).toBe(0);
    // Tables without retention keep everything.
    expect(await namesOf(kept)).toEqual(['kept_202612', 'kept_202701', 'kept_202702', 'kept_default']);
  });

  it('takes rows while no partition exists, and lets them expire by their age', async () => {
    await insert(now);
    await insert(at('2026-11-01T00:00:00'), now);
    await pool.query('INSERT INTO seen (id, at) VALUES (gen_random_uuid(), $1)', [now]);
    const log = recordingLog();
    // The range of a row in DEFAULT gets no partition; the others do.
    await expect(maintain(now, log)).resolves.toMatchObject({
      created: ['seen_20261231', 'seen_20270101', 'kept_202612', 'kept_202701'],
    });
    expect(log.lines).toContain('the default partition has rows of this range');
    expect(await readPartitionStatus(pool, seen, now)).toEqual({
      partitions: 3,
      coveredUntil: now,
      defaultRows: 3,
    });
    await expect(maintain(at('2027-01-02T14:59:59'))).resolves.toMatchObject({ deletedRows: 0 });
    await expect(maintain(at('2027-01-02T15:00:01'))).resolves.toMatchObject({ deletedRows: 3 });
    expect(await rowsOf('seen')).toBe(0);
  });

  it('keeps and then drops a first partition without a lower bound, whose rows expire by their age', async () => {
    await pool.query(`CREATE TABLE seen_first PARTITION OF seen
      FOR VALUES FROM (MINVALUE) TO ('${uuidv7Floor(at('2027-01-01T00:00:00'))}')`);
    await insert(at('2026-12-20T00:00:00'));
    await insert(now);
    await expect(maintain(now)).resolves.toMatchObject({
      created: ['seen_20270101', 'kept_202612', 'kept_202701'],
      deletedRows: 1,
    });
    await expect(maintain(at('2027-01-04T00:00:00'))).resolves.toMatchObject({ dropped: ['seen_first'] });
  });

  it('leaves a locked table to the next run, and makes others wait for a second at most', async () => {
    await maintain(now);
    const later = at('2027-01-03T00:00:00');
    const reader = await pool.connect();
    await reader.query('BEGIN; SELECT FROM seen');
    const log = recordingLog();
    const run = maintain(later, log);
    await eventuallyPasses('the run waits for the reader', async () =>
      expect(
        (await pool.query(`SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 'seen'::regclass`))
          .rowCount,
      ).toBeGreaterThan(0),
    );
    // Queues up behind the run, and gets its turn when that gives up.
    await insert(later);
    expect((await run).postponed).toEqual(['seen_20270103', 'seen_20261230']);
    expect(log.lines).toContain('a table was locked; the partition is left to the next run');
    await reader.query('COMMIT');
    reader.release();
    await expect(maintain(later)).resolves.toMatchObject({ dropped: ['seen_20261230'] });
  });

  it('continues where another run failed', async () => {
    await maintain(now);
    await pool.query('CREATE TABLE kept_202702 (unrelated INT)');
    await expect(maintain(at('2027-01-03T00:00:00'))).rejects.toThrow('already exists');
    await pool.query('DROP TABLE kept_202702');
    await expect(maintain(at('2027-01-03T00:00:00'))).resolves.toMatchObject({ created: ['kept_202702'] });
    expect(await namesOf(seen)).not.toContain('seen_20261230');
  });

  it('refuses a table that has no partitions', async () => {
    await pool.query('DROP TABLE kept; CREATE TABLE kept (day DATE)');
    await expect(maintain(now)).rejects.toThrow('kept is not a partitioned table of this schema');
  });
});

describe('readPartitionStatus', () => {
  it('tells how far ahead partitions exist without a gap', async () => {
    await maintain(now);
    expect(await readPartitionStatus(pool, seen, now)).toEqual({
      partitions: 4,
      coveredUntil: at('2027-01-02T00:00:00'),
      defaultRows: 0,
    });
    await pool.query('DROP TABLE seen_20261231');
    expect((await readPartitionStatus(pool, seen, now)).coveredUntil).toEqual(at('2026-12-31T00:00:00'));
  });
});
