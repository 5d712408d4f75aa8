// Entry of the stage `dev` of the services' images: `node run-from-source.mjs <service> [mode]`. Copies the sources
// to /tmp/repo, the only writable folder with a read-only root file system, and runs `node --watch` there. Compose
// and skaffold copy changed files into it.
import { cpSync, existsSync, symlinkSync } from 'node:fs';

const [service, ...args] = process.argv.slice(2);
cpSync('/source', '/tmp/repo', { recursive: true, verbatimSymlinks: true });
if (!existsSync('/tmp/repo/node_modules')) symlinkSync('/repo/node_modules', '/tmp/repo/node_modules');
const main = `/tmp/repo/services/${service}/src/main.ts`;
process.execve(
  process.execPath,
  [process.execPath, '--watch', '--watch-preserve-output', main, ...args],
  process.env,
);
