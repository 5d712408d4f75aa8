import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cacheDir, findProgram } from '@lms/tools/stack/downloads';
import { run, tryRun } from './run.ts';

/** Installs Debian packages whose program is missing. Needs root. */
export async function installMissing(packages: Record<string, string>): Promise<string[]> {
  const missing = Object.entries(packages)
    .filter(([, program]) => !findProgram(program) && !existsSync(program))
    .map(([name]) => name);
  if (missing.length === 0) return [];
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // Another program that installs packages holds apt's lock for a while.
  const wait = ['-o', 'DPkg::Lock::Timeout=180'];
  const args = [...wait, 'install', '-qy', '--no-install-recommends', ...missing];
  // The package lists of a new machine may be empty or outdated.
  if ((await tryRun('apt-get', args, { env, timeoutMs: 300_000 })).code !== 0) {
    await run('apt-get', [...wait, 'update', '-q'], { env, timeoutMs: 300_000 });
    await run('apt-get', args, { env, timeoutMs: 300_000 });
  }
  return missing;
}

export interface DebianRelease {
  codename: string;
  /** The Debian archive of this machine. */
  mirror: string;
}

/** Release of this machine, and the mirror that its apt sources name. */
export async function debianRelease(): Promise<DebianRelease> {
  const osRelease = readFileSync('/etc/os-release', 'utf8');
  const codename = /^VERSION_CODENAME=(.+)$/m.exec(osRelease)?.[1] ?? '';
  const format = ['indextargets', '--format', '$(REPO_URI) $(CODENAME)', 'Created-By: Packages'];
  let targets = await run('apt-get', format);
  if (!targets.includes(` ${codename}`)) {
    await run('apt-get', ['update', '-q'], { timeoutMs: 300_000 });
    targets = await run('apt-get', format);
  }
  const [mirror] =
    targets
      .split('\n')
      .find((line) => line.endsWith(` ${codename}`))
      ?.split(' ') ?? [];
  if (!mirror) throw new Error('the apt sources of this machine name no mirror of its own release');
  return { codename, mirror };
}

/** Debian 12 does not have Compose v2, but the next release does. */
const releaseWithCompose: Record<string, string> = { bookworm: 'trixie' };

/**
 * Folder for DOCKER_CONFIG with the Compose plugin of the next Debian release. Only the program is unpacked into
 * the cache; nothing is installed, and the machine's apt sources do not change.
 */
export async function composePluginConfig({ codename, mirror }: DebianRelease): Promise<string> {
  const config = join(cacheDir(), 'docker-config');
  const plugin = join(config, 'cli-plugins/docker-compose');
  if (existsSync(plugin)) return config;
  const work = mkdtempSync(join(tmpdir(), 'lms-compose-'));
  try {
    for (const folder of ['parts', 'lists/partial', 'cache/archives/partial', 'state'])
      mkdirSync(join(work, folder), { recursive: true });
    writeFileSync(join(work, 'state/status'), '');
    const suite = releaseWithCompose[codename] ?? codename;
    const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';
    writeFileSync(join(work, 'parts/one.list'), `deb [signed-by=${keyring}] ${mirror} ${suite} main\n`);
    const options = [
      'Dir::Etc::SourceList=/dev/null',
      `Dir::Etc::SourceParts=${work}/parts`,
      `Dir::State::Lists=${work}/lists`,
      `Dir::State::Status=${work}/state/status`,
      `Dir::Cache=${work}/cache`,
      'APT::Sandbox::User=root',
    ].flatMap((option) => ['-o', option]);
    await run('apt-get', [...options, 'update', '-q'], { timeoutMs: 300_000 });
    await run('apt-get', [...options, 'download', 'docker-compose'], { cwd: work, timeoutMs: 300_000 });
    await run('sh', ['-c', 'dpkg-deb -x docker-compose_*.deb unpacked'], { cwd: work });
    mkdirSync(join(config, 'cli-plugins'), { recursive: true });
    copyFileSync(join(work, 'unpacked/usr/libexec/docker/cli-plugins/docker-compose'), plugin);
    chmodSync(plugin, 0o755);
    return config;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
