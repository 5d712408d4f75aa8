import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { findProgram, howToInstall } from '@lms/tools/stack/downloads';
import { SetupError } from '@lms/tools/stack/progress';

const run = promisify(execFile);

/**
 * Makes sure that Debian packages are installed, by a file of each. As root it installs missing ones, without
 * starting their services.
 * @throws SetupError that says what to install.
 */
export async function needPackages(packages: Record<string, string>): Promise<void> {
  const isThere = (file: string) => (file.startsWith('/') ? existsSync(file) : findProgram(file) !== null);
  const missing = () =>
    Object.entries(packages)
      .filter(([, file]) => !isThere(file))
      .map(([name]) => name);
  if (missing().length === 0) return;
  let complaint = '';
  const apt = findProgram('apt-get');
  if (apt && process.getuid?.() === 0) {
    // Another program that installs packages holds apt's lock for a while.
    const wait = ['-o', 'DPkg::Lock::Timeout=180'];
    const install = [...wait, 'install', '-y', '-qq', '--no-install-recommends', ...missing()];
    // RUNLEVEL keeps the packages' scripts from starting services.
    const options = {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
      timeout: 300_000,
    };
    await run(apt, install, options).catch(async () => {
      await run(apt, [...wait, 'update', '-qq'], options).catch(() => undefined);
      await run(apt, install, options).catch((error: Error) => {
        complaint = `\n${error.message}`;
      });
    });
  }
  const [first, ...others] = missing();
  if (first)
    throw new SetupError(
      `Missing for a cluster on this machine: ${howToInstall([first, ...others].join(' '))}.${complaint}`,
    );
}
