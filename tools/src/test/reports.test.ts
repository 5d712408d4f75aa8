import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sumReports } from './reports.ts';

let repo = '';
const report = (folder: string, values: object) => {
  mkdirSync(join(repo, folder, 'dist'), { recursive: true });
  const empty = {
    numPassedTests: 0,
    numFailedTests: 0,
    numPendingTests: 0,
    numTodoTests: 0,
    success: true,
    testResults: [],
  };
  writeFileSync(join(repo, folder, 'dist/test-report.json'), JSON.stringify({ ...empty, ...values }));
};

beforeEach(() => {
  repo = mkdtempSync(join(tmpdir(), 'lms-reports-'));
});
afterEach(() => rmSync(repo, { recursive: true }));

describe('the closing count of npm test', () => {
  it('adds up passed, failed and skipped tests', () => {
    report('libs/a', { numPassedTests: 3, numPendingTests: 1 });
    report('libs/b', { numPassedTests: 2, numFailedTests: 1, success: false });
    expect(sumReports(repo, ['libs/a', 'libs/b'])).toMatchObject({ passed: 5, failed: 1, skipped: 1 });
  });

  it('counts a project that left no report as failed', () => {
    expect(sumReports(repo, ['libs/gone'])).toMatchObject({ failed: 1, withoutReport: ['libs/gone'] });
  });

  it('counts a file that could not be loaded as failed', () => {
    report('libs/a', {
      numPassedTests: 1,
      success: false,
      testResults: [{ status: 'failed', assertionResults: [] }],
    });
    expect(sumReports(repo, ['libs/a'])).toMatchObject({ passed: 1, failed: 1 });
  });

  it('counts a run that failed without a failed test as failed', () => {
    report('libs/a', { numPassedTests: 1, success: false });
    expect(sumReports(repo, ['libs/a']).failed).toBe(1);
  });
});
