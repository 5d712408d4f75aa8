import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { listFailures, sumReports } from './reports.ts';

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

  it('counts a project without a report as failed', () => {
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

  it('counts a file that failed after its tests as failed, in addition to a failed test of another file', () => {
    const passed = { fullName: 'adds', status: 'passed' };
    const failed = { fullName: 'subtracts', status: 'failed' };
    report('libs/a', {
      numPassedTests: 1,
      numFailedTests: 1,
      success: false,
      testResults: [
        { status: 'failed', assertionResults: [passed] },
        { status: 'failed', assertionResults: [failed] },
      ],
    });
    expect(sumReports(repo, ['libs/a'])).toMatchObject({ passed: 1, failed: 2 });
  });

  it('counts a run that failed without a failed test as failed', () => {
    report('libs/a', { numPassedTests: 1, success: false });
    expect(sumReports(repo, ['libs/a']).failed).toBe(1);
  });
});

describe('the failures at the end of npm test', () => {
  it('name the file, test and reason, without colours and with one stack frame', () => {
    report('libs/a', {
      success: false,
      testResults: [
        {
          name: join(repo, 'libs/a/src/a.test.ts'),
          status: 'failed',
          assertionResults: [
            { fullName: 'sums adds', status: 'passed', failureMessages: [] },
            {
              fullName: 'sums subtracts',
              status: 'failed',
              failureMessages: [
                'Error: expect(received).toBe(expected)\n\nExpected: \u001b[32m2\u001b[39m\nReceived: \u001b[31m1\u001b[39m\n    at a.test.ts:5:3\n    at b.ts:1:1',
              ],
            },
          ],
        },
      ],
    });
    expect(listFailures(repo, ['libs/a', 'libs/gone'])).toEqual([
      {
        file: 'libs/a/src/a.test.ts',
        test: 'sums subtracts',
        message: 'Error: expect(received).toBe(expected)\n\nExpected: 2\nReceived: 1\n    at a.test.ts:5:3',
      },
    ]);
  });

  it('name a file that failed as a whole', () => {
    report('libs/a', {
      success: false,
      testResults: [
        {
          name: join(repo, 'libs/a/src/b.test.ts'),
          status: 'failed',
          message:
            "  \u001b[1m● \u001b[22mTest suite failed to run\n\n    Cannot find module './c.ts'\n\n      at Resolver (r.js:1:1)\n      at x (y.js:1:1)\n",
          assertionResults: [],
        },
      ],
    });
    expect(listFailures(repo, ['libs/a'])).toEqual([
      {
        file: 'libs/a/src/b.test.ts',
        message: "Cannot find module './c.ts'\n\n  at Resolver (r.js:1:1)",
      },
    ]);
  });
});
