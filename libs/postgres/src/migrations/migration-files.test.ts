import { describe, expect, it } from '@jest/globals';
import { runsAsOneTransaction } from './migration-files.ts';

describe('runsAsOneTransaction', () => {
  it.each([
    'CREATE TABLE a (id INT);\nALTER TABLE a ADD b INT;',
    '-- COMMIT is only mentioned\nSELECT 1;',
    '/* BEGIN; */ SELECT 1;',
    'CREATE FUNCTION f() RETURNS INT LANGUAGE plpgsql AS $$\nBEGIN\n  RETURN 1;\nEND;\n$$;',
  ])('is true for %j', (sql) => expect(runsAsOneTransaction(sql)).toBe(true));

  it.each([
    'BEGIN;\nSELECT 1;\nCOMMIT;',
    'CREATE INDEX CONCURRENTLY i ON a (id);',
    'SELECT 1; commit; SELECT 2;',
  ])('is false for %j', (sql) => expect(runsAsOneTransaction(sql)).toBe(false));
});
