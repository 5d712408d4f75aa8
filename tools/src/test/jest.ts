import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

// `npm test` of each package: runs Jest in the current folder. Arguments are passed to Jest, such as the path of one
// test file. Writes dist/test-report.json, which `npm test` of the whole repository sums up.
const repo = join(import.meta.dirname, '../../..');
const folder = process.cwd();
const report = join(folder, 'dist/test-report.json');
mkdirSync(join(folder, 'dist'), { recursive: true });
rmSync(report, { force: true });
const args = [
  // Tests and the code under test are ES modules, which Jest loads through this Node API.
  ...['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
  createRequire(import.meta.url).resolve('jest/bin/jest'),
  ...['--config', join(repo, 'jest.config.ts'), '--rootDir', folder],
  ...['--json', '--outputFile', report],
  ...process.argv.slice(2),
];
const jest = spawn(process.execPath, args, { stdio: 'inherit' });
// The terminal sends Ctrl-C to both processes; this one waits for Jest.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => jest.kill('SIGTERM'));
jest.once('exit', (code) => {
  // Code under test that calls process.exit(0) ends Jest too, without a failure.
  if (code === 0 && !existsSync(report))
    console.error('Jest ended without a report: not all tests have run.');
  process.exit(existsSync(report) ? (code ?? 1) : code || 1);
});
