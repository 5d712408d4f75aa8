import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPortChooser } from '@lms/tools/stack/ports';
import { serviceNames } from '@lms/tools/stack/services';
import type { Engine } from './engine.ts';
import { run, tryRun } from './run.ts';

const repo = join(import.meta.dirname, '../../..');

/** The compose file for a test, with a separate project, ports and secrets. */
export interface ComposeProject {
  baseUrl: string;
  /** Values that no image may contain. */
  secrets: Record<string, string>;
  /**
   * With `dev`, also uses docker-compose.dev.yml; with `guide`, the `.env` of the deployment guide instead of the
   * generated secrets of the services.
   */
  compose(args: string[], options?: ComposeOptions): Promise<string>;
  /** Id of the only container of a service. */
  containerOf(service: string): Promise<string>;
  docker(args: string[], options?: { timeoutMs?: number }): Promise<string>;
  /** Stops and removes everything, volumes too. Never throws. */
  remove(): Promise<void>;
}

interface ComposeOptions {
  timeoutMs?: number;
  dev?: boolean;
  guide?: boolean;
}

/** What people paste as their `.env`. */
const guideFile = join(repo, 'tools/src/stack/testing/deployment-guide.env');

export async function createComposeProject(engine: Engine): Promise<ComposeProject> {
  const name = `lms-test-${randomBytes(3).toString('hex')}`;
  const folder = mkdtempSync(join(tmpdir(), 'lms-compose-test-'));
  const ports = createPortChooser({ remembered: {}, mode: 'free' });
  const port = await ports.choose('ingress', 8080);
  const secret = () => randomBytes(24).toString('base64url');
  const secrets = {
    POSTGRES_PASSWORD: secret(),
    JWT_ACCESS_SECRET: secret() + secret(),
    JWT_REFRESH_SECRET: secret() + secret(),
    S3_SECRET_KEY: secret(),
    OPENAI_API_KEY: secret(),
  };
  const { JWT_ACCESS_SECRET, JWT_REFRESH_SECRET, OPENAI_API_KEY, ...servers } = secrets;
  const ours = { JWT_ACCESS_SECRET, JWT_REFRESH_SECRET, OPENAI_API_KEY };
  const settings: Record<string, string> = {
    ...servers,
    LMS_VERSION: 'test',
    LMS_PORT: String(port),
    POSTGRES_PORT: String(await ports.choose('postgres', 5432)),
    REDIS_PORT: String(await ports.choose('redis', 6379)),
    KAFKA_PORT: String(await ports.choose('kafka', 9092)),
    S3_PORT: String(await ports.choose('s3', 9000)),
    MAIL_PORT: String(await ports.choose('inbox', 1080)),
  };
  const envFile = join(folder, 'env');
  const secretsFile = join(folder, 'secrets.env');
  for (const [file, values] of [[envFile, settings] as const, [secretsFile, ours] as const])
    writeFileSync(
      file,
      Object.entries(values)
        .map(([key, value]) => `${key}=${value}\n`)
        .join(''),
      { mode: 0o600 },
    );
  // Passes the guide's `.env` to the containers too, as Compose does with a `.env` next to its file.
  const handed = Object.fromEntries(serviceNames.map((service) => [service, { env_file: [guideFile] }]));
  const handedFile = join(folder, 'guide.json');
  writeFileSync(handedFile, JSON.stringify({ services: handed }));
  const global = ['compose', '--project-name', name, '--project-directory', repo, '--env-file', envFile];
  const base = ['-f', join(repo, 'docker-compose.yml')];
  const own = ['--env-file', secretsFile, ...base, '-f', join(repo, 'docker/docker-compose.test.yml')];
  const withDev = [...own, '-f', join(repo, 'docker-compose.dev.yml')];
  const withGuide = ['--env-file', guideFile, ...base, '-f', handedFile];
  // Variables of the shell would take precedence over the file.
  const env = Object.fromEntries(
    Object.entries(engine.env).filter(
      ([key]) => !(key in settings || key in ours) && key !== 'COMPOSE_PROFILES',
    ),
  );

  const compose: ComposeProject['compose'] = (args, { dev, guide, ...options } = {}) =>
    run(engine.docker, [...global, ...(guide ? withGuide : dev ? withDev : own), ...args], {
      env: { ...env, COMPOSE_PROGRESS: 'plain', BUILDKIT_PROGRESS: 'plain' },
      cwd: repo,
      ...options,
    });
  return {
    baseUrl: `http://localhost:${port}/api/v1`,
    secrets,
    compose,
    docker: (args, options) => run(engine.docker, args, { env, cwd: repo, ...options }),
    async containerOf(service) {
      const id = (await compose(['ps', '--all', '--quiet', service])).trim();
      if (!id || id.includes('\n')) throw new Error(`${service} does not have exactly one container`);
      return id;
    },
    async remove() {
      await tryRun(
        engine.docker,
        [...global, ...own, 'down', '--volumes', '--remove-orphans', '--timeout', '15'],
        {
          env,
          cwd: repo,
          timeoutMs: 180_000,
        },
      );
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
