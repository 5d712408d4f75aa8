import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { fixtureTables, origins } from '@lms/events/testing';
import { createTestDatabase, type TestDatabase } from '@lms/testing';
import pg from 'pg';
import { checkEffects, countWaiting } from './check-effects.ts';

let database: TestDatabase;
let pool: pg.Pool;
const key = randomUUID();

beforeAll(async () => {
  database = await createTestDatabase('chaos');
  pool = new pg.Pool({ connectionString: database.databaseUrl, max: 1 });
  for (const schema of ['content', 'ai'])
    await pool.query(`CREATE SCHEMA ${schema}; SET search_path = ${schema}; ${fixtureTables()}`);
});
beforeEach(async () => {
  await pool.query('TRUNCATE content.writes, content.effects, ai.effects');
  for (const number of [0, 1, 2]) {
    await pool.query('INSERT INTO content.writes VALUES ($1, $2)', [key, number]);
    await addEffect('content', origins.write, number);
    await addEffect('content', origins.answer, number);
    await addEffect('ai', origins.write, number);
  }
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

function addEffect(schema: string, origin: string, number: number): Promise<unknown> {
  const sql = `INSERT INTO ${schema}.effects (origin, event_id, key, number) VALUES ($1, $2, $3, $4)`;
  return pool.query(sql, [origin, randomUUID(), key, number]);
}

const fine = { effects: 3, lost: 0, twice: 0, unfounded: 0, outOfOrder: 0 };
const checks = async () => (await checkEffects(pool)).map(({ consumer: _consumer, ...check }) => check);

describe('the check of a chaos run', () => {
  it('accepts one effect of each write, in order', async () => {
    expect(await checks()).toEqual([fine, fine, fine]);
    expect(await countWaiting(pool)).toEqual({ outbox: 0, parked: 0, lost: 0 });
  });

  it('detects a write without an effect', async () => {
    await pool.query('DELETE FROM ai.effects WHERE number = 1');
    expect(await checks()).toEqual([fine, { ...fine, effects: 2, lost: 1 }, fine]);
    expect(await countWaiting(pool)).toMatchObject({ lost: 1 });
  });

  it('detects a second effect', async () => {
    await addEffect('content', origins.answer, 2);
    expect(await checks()).toEqual([fine, fine, { ...fine, effects: 4, twice: 1, outOfOrder: 1 }]);
  });

  it('detects an effect of a write that was rolled back', async () => {
    await addEffect('content', origins.write, 3);
    expect(await checks()).toEqual([{ ...fine, effects: 4, unfounded: 1 }, fine, fine]);
  });

  it('detects effects in the wrong order', async () => {
    await pool.query('DELETE FROM ai.effects WHERE number = 0');
    await addEffect('ai', origins.write, 0);
    expect(await checks()).toEqual([fine, { ...fine, outOfOrder: 1 }, fine]);
  });
});
