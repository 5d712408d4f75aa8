import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tryRun } from './run.ts';

const repo = join(import.meta.dirname, '../../..');

interface Report {
  numPassedTests: number;
  numTotalTests: number;
  success: boolean;
}

/** Runs the journey test (e2e) against a stack that is up; its log is shown. Gives the problems. */
export async function runJourney(baseUrl: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'lms-journey-'));
  const report = join(folder, 'report.json');
  try {
    const config = join(repo, 'vitest.config.ts');
    const args = [
      ...[
        join(repo, 'node_modules/vitest/vitest.mjs'),
        'run',
        '--root',
        join(repo, 'e2e'),
        '--config',
        config,
      ],
      ...['src/journey.test.ts', '--reporter=verbose', '--reporter=json', `--outputFile.json=${report}`],
    ];
    const env = { ...process.env, LMS_BASE_URL: baseUrl, NO_COLOR: '1' };
    const result = await tryRun(process.execPath, args, {
      env,
      cwd: join(repo, 'e2e'),
      timeoutMs: 300_000,
      live: true,
    });
    const { numPassedTests, numTotalTests, success } = JSON.parse(readFileSync(report, 'utf8')) as Report;
    if (result.code === 0 && success && numPassedTests > 0 && numPassedTests === numTotalTests) return [];
    return [`${numPassedTests} of ${numTotalTests} tests passed (exit code ${result.code})`];
  } catch (error) {
    return [`no report: ${error instanceof Error ? error.message : error}`];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
