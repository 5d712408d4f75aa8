import { existsSync, globSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

/** Totals of test runs. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

interface JestReport {
  numTotalTests: number;
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  success: boolean;
  testResults: {
    name?: string;
    status: string;
    message?: string;
    assertionResults: { fullName: string; status: string; failureMessages?: string[] | null }[];
  }[];
}

/** A failed test, or a file that could not be loaded. */
export interface Failure {
  /** Path from the root of the repository. */
  file: string;
  /** Name of the test with those of its groups; undefined if the whole file failed. */
  test?: string;
  /** The runner's message, without its stack. */
  message: string;
}

const patterns = [
  'libs/*/package.json',
  'services/*/package.json',
  'ops/package.json',
  'tools/package.json',
  'k8s/package.json',
  'proof/package.json',
  'e2e/package.json',
];

/** Folders of all packages that have tests. */
export function projectFolders(repo: string): string[] {
  return patterns
    .flatMap((pattern) => globSync(pattern, { cwd: repo }))
    .map((file) => file.replace(/\/package\.json$/, ''))
    .filter((folder) => globSync(`${folder}/src/**/*.test.ts`, { cwd: repo }).length > 0);
}

/** Removes reports of earlier runs, so that a project that did not run is not counted. The cache restores those of unchanged projects. */
export function clearReports(repo: string, folders: string[]): void {
  for (const folder of folders) rmSync(join(repo, folder, 'dist/test-report.json'), { force: true });
}

/**
 * Adds up the reports of projects. A project without a report has failed as a whole, and so has a file that
 * could not even be loaded, or that failed after its tests: each counts as one failure.
 */
export function sumReports(repo: string, folders: string[]): Counts & { withoutReport: string[] } {
  const sum = { passed: 0, failed: 0, skipped: 0, withoutReport: [] as string[] };
  for (const folder of folders) {
    const file = join(repo, folder, 'dist/test-report.json');
    if (!existsSync(file)) {
      sum.failed += 1;
      sum.withoutReport.push(folder);
      continue;
    }
    const report = JSON.parse(readFileSync(file, 'utf8')) as JestReport;
    const broken = report.testResults.filter(
      (result) => result.status === 'failed' && failedTests(result).length === 0,
    ).length;
    sum.passed += report.numPassedTests;
    sum.failed += report.numFailedTests + broken;
    sum.skipped += report.numPendingTests + report.numTodoTests;
    if (!report.success && report.numFailedTests + broken === 0) sum.failed += 1;
  }
  return sum;
}

/** Every failure in the reports of projects, in order, for readers who see only the end of a log. */
export function listFailures(repo: string, folders: string[]): Failure[] {
  return readReports(repo, folders).flatMap(({ testResults }) =>
    testResults
      .filter(({ status }) => status === 'failed')
      .flatMap((result): Failure[] => {
        const file = relative(repo, result.name ?? '');
        const failed = failedTests(result);
        // Without a failed test, the file itself failed, or its code after the tests.
        if (failed.length === 0) return [{ file, message: firstLines(withoutHeading(result.message)) }];
        return failed.map(({ fullName, failureMessages }) => ({
          file,
          test: fullName,
          message: firstLines(failureMessages?.join('\n')),
        }));
      }),
  );
}

function failedTests({ assertionResults }: JestReport['testResults'][number]) {
  return assertionResults.filter(({ status }) => status === 'failed');
}

function readReports(repo: string, folders: string[]): JestReport[] {
  return folders
    .map((folder) => join(repo, folder, 'dist/test-report.json'))
    .filter((file) => existsSync(file))
    .map((file) => JSON.parse(readFileSync(file, 'utf8')) as JestReport);
}

/** Removes the indentation and heading with which Jest formats the message of a file. */
function withoutHeading(message = 'no message'): string {
  return stripVTControlCharacters(message)
    .replace(/^\s*● Test suite failed to run\s*\n/, '')
    .replaceAll(/^ {4}/gm, '');
}

const messageLines = 12;

function firstLines(message = 'no message'): string {
  const lines = stripVTControlCharacters(message).split('\n');
  const stack = lines.findIndex((line) => /^\s+at /.test(line));
  // The first frame stays: it names the line of the test.
  const kept = stack === -1 ? lines : lines.slice(0, stack + 1);
  return kept.slice(0, messageLines).join('\n').trimEnd();
}
