// Entry of `npm run up`, `npm test` and the other commands. Plain JavaScript for any Node from 18 on, because
// at this point nothing is installed: it installs what package-lock.json names, then hands over to
// {tools,proof}/src/cli/<command>.ts on the Node version of this repository.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const repo = fileURLToPath(new URL('..', import.meta.url));
const [command = 'help', ...args] = process.argv.slice(2);
const folders = ['tools/src/cli', 'proof/src/cli'].map((folder) => join(repo, folder));
const script = folders.map((folder) => join(folder, `${command}.ts`)).find((path) => existsSync(path));
if (!/^[a-z-]+$/.test(command) || !script) {
  const known = folders.flatMap((folder) => readdirSync(folder)).map((name) => name.replace(/\.ts$/, ''));
  console.error(`Unknown command "${command}". Available commands: ${known.sort().join(', ')}.`);
  process.exit(2);
}
if (Number(process.versions.node.split('.')[0]) < 18) {
  console.error(`Node ${process.versions.node} is too old. Install Node 20 or newer: https://nodejs.org`);
  process.exit(1);
}

installPackages();
const node = join(repo, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node');
if (!existsSync(node)) {
  console.error(
    'The package "node" has no program for this platform; remove node_modules and run this again.',
  );
  process.exit(1);
}
const child = spawn(node, [script, ...args], {
  cwd: repo,
  stdio: 'inherit',
  env: { ...process.env, PATH: `${join(repo, 'node_modules/.bin')}${delimiter}${process.env.PATH ?? ''}` },
});
// The terminal sends Ctrl-C to both; this one waits until the other has cleaned up.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  });
}
child.on('error', (error) => {
  console.error(`${node} could not be started: ${error.message}`);
  process.exit(1);
});
child.on('exit', (code, signal) => process.exit(code ?? 128 + (constants.signals[signal] ?? 1)));

/** Runs `npm ci` when node_modules is missing or was made from another lock file. */
function installPackages() {
  const lockFile = join(repo, 'package-lock.json');
  const lock = createHash('sha256').update(readFileSync(lockFile)).digest('hex');
  const stamp = join(repo, 'node_modules/.lms-installed');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lock) return;
  // npm writes this file last; if it is newer than the lock file, `npm ci` or `npm install` has already run.
  const installed = statSync(join(repo, 'node_modules/.package-lock.json'), { throwIfNoEntry: false });
  if (!installed || installed.mtimeMs < statSync(lockFile).mtimeMs) {
    const started = Date.now();
    console.log('▸ Installing npm packages (the first time this takes a minute)');
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];
    const result = spawnSync(npm, ['ci', ...quiet], { cwd: repo, stdio: ['ignore', 'inherit', 'inherit'] });
    if (result.status !== 0) {
      console.error(
        result.error
          ? `✗ npm could not be run: ${result.error.message}`
          : '✗ npm ci failed; its message is above.',
      );
      process.exit(result.status ?? 1);
    }
    console.log(`✓ npm packages  ${((Date.now() - started) / 1000).toFixed(1)} s`);
  }
  writeFileSync(stamp, lock);
}
