import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from './create-test-database.ts';
import { parameterTypesOf, rowTypesOf, type SchemaTarget } from './statement-types.ts';

let database: TestDatabase;
let target: SchemaTarget;
beforeAll(async () => {
  database = await createTestDatabase();
  target = { databaseUrl: database.databaseUrl, schema: 'dictionary' };
  await database.query('CREATE SCHEMA dictionary');
  await database.query(
    'CREATE TABLE dictionary.words (id uuid, text text, level int, made_at timestamptz, data jsonb)',
  );
});
afterAll(() => database.drop());

describe('rowTypesOf', () => {
  it('names the columns of a statement and their types', async () => {
    const types = await rowTypesOf(
      target,
      `SELECT id, text AS "theText", level, count(*) AS number, array_agg(id) AS ids, data, made_at
       FROM words WHERE text = $1 GROUP BY id, text, level, data, made_at`,
    );
    expect(types).toEqual({
      id: 'uuid',
      theText: 'text',
      level: 'integer',
      number: 'bigint',
      ids: 'uuid[]',
      data: 'jsonb',
      made_at: 'timestamp with time zone',
    });
  });

  it('does not run the statement', async () => {
    const statement = 'INSERT INTO words (text) VALUES ($1) RETURNING id';
    await expect(rowTypesOf(target, statement)).resolves.toEqual({ id: 'uuid' });
    await expect(rowTypesOf(target, 'DELETE FROM words')).resolves.toEqual({});
    await expect(database.query('SELECT 1 FROM dictionary.words')).resolves.toEqual([]);
  });

  it('throws if the statement does not match the schema, or names a column twice', async () => {
    const undefinedColumn = rowTypesOf(target, 'SELECT titel FROM words');
    await expect(undefinedColumn).rejects.toMatchObject({ code: '42703' });
    await expect(rowTypesOf(target, 'SELECT text, level AS text FROM words')).rejects.toThrow('text, text');
  });
});

describe('parameterTypesOf', () => {
  it('names the types of the parameters in their order', async () => {
    const types = await parameterTypesOf(
      target,
      'UPDATE words SET level = $2 WHERE id = $1 AND text = ANY($3)',
    );
    expect(types).toEqual(['uuid', 'integer', 'text[]']);
    await expect(parameterTypesOf(target, 'SELECT 1')).resolves.toEqual([]);
  });
});
