import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

// `npm test` of each package: Jest on the tests of the folder it is run in. Arguments go to Jest, such as the
// path of one test file. Leaves dist/test-report.json, which `npm test` of the whole adds up.
const repo = join(import.meta.dirname, '../../..');
const folder = process.cwd();
mkdirSync(join(folder, 'dist'), { recursive: true });
const args = [
  // Tests and the code under test are ES modules; Jest loads those through this API of Node's.
  ...['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
  createRequire(import.meta.url).resolve('jest/bin/jest'),
  ...['--config', join(repo, 'jest.config.ts'), '--rootDir', folder],
  ...['--json', '--outputFile', join(folder, 'dist/test-report.json')],
  ...process.argv.slice(2),
];
const jest = spawn(process.execPath, args, { stdio: 'inherit' });
// The terminal sends Ctrl-C to both; this one waits for the other.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => jest.kill('SIGTERM'));
jest.once('exit', (code) => process.exit(code ?? 1));
