import { existsSync, globSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Sums over test runs. */
export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

interface VitestReport {
  numTotalTests: number;
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
  success: boolean;
  testResults: { status: string; assertionResults: unknown[] }[];
}

const patterns = [
  'libs/*/package.json',
  'services/*/package.json',
  'tools/package.json',
  'e2e/package.json',
  'k8s/package.json',
];

/** Folders of all packages that have tests. */
export function projectFolders(repo: string): string[] {
  return patterns
    .flatMap((pattern) => globSync(pattern, { cwd: repo }))
    .map((file) => file.replace(/\/package\.json$/, ''))
    .filter((folder) => globSync(`${folder}/src/**/*.test.ts`, { cwd: repo }).length > 0);
}

/** Removes reports of earlier runs, so that a project which did not run cannot count. Cached ones come back. */
export function clearReports(repo: string, folders: string[]): void {
  for (const folder of folders) rmSync(join(repo, folder, 'dist/test-report.json'), { force: true });
}

/**
 * Adds up the reports of projects. A project without a report has failed as a whole, and so has a file
 * that could not even be loaded: each counts as one failure.
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
    const report = JSON.parse(readFileSync(file, 'utf8')) as VitestReport;
    const broken = report.testResults.filter(
      (result) => result.status === 'failed' && result.assertionResults.length === 0,
    ).length;
    sum.passed += report.numPassedTests;
    sum.failed += report.numFailedTests + broken;
    sum.skipped += report.numPendingTests + report.numTodoTests;
    if (!report.success && report.numFailedTests + broken === 0) sum.failed += 1;
  }
  return sum;
}
