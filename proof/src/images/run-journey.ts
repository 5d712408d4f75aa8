import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { tryRun } from './run.ts';

const repo = join(import.meta.dirname, '../../..');

interface Report {
  numPassedTests: number;
  numTotalTests: number;
  success: boolean;
}

/** Runs the journey test (e2e) against a stack that is up; its log is shown. Returns the problems. */
export async function runJourney(baseUrl: string): Promise<string[]> {
  const e2e = join(repo, 'e2e');
  const report = join(e2e, 'dist/test-report.json');
  rmSync(report, { force: true });
  try {
    const args = [join(repo, 'tools/src/test/jest.ts'), 'src/journey.test.ts', '--verbose'];
    const env = { ...process.env, LMS_BASE_URL: baseUrl, NO_COLOR: '1' };
    const result = await tryRun(process.execPath, args, { env, cwd: e2e, timeoutMs: 300_000, live: true });
    const { numPassedTests, numTotalTests, success } = JSON.parse(readFileSync(report, 'utf8')) as Report;
    if (result.code === 0 && success && numPassedTests > 0 && numPassedTests === numTotalTests) return [];
    return [`${numPassedTests} of ${numTotalTests} tests passed (exit code ${result.code})`];
  } catch (error) {
    return [`no report: ${error instanceof Error ? error.message : error}`];
  }
}
