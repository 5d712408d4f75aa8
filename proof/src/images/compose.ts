import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createPortChooser } from '@lms/tools/stack/ports';
import type { Engine } from './engine.ts';
import { run, tryRun } from './run.ts';

const repo = join(import.meta.dirname, '../../..');

/** The compose file for a test, with a separate project, ports and secrets. */
export interface ComposeProject {
  baseUrl: string;
  /** Values that no image may contain. */
  secrets: Record<string, string>;
  /** With `dev`, also uses docker-compose.dev.yml. */
  compose(args: string[], options?: { timeoutMs?: number; dev?: boolean }): Promise<string>;
  /** Id of the only container of a service. */
  containerOf(service: string): Promise<string>;
  docker(args: string[], options?: { timeoutMs?: number }): Promise<string>;
  /** Stops and removes everything, volumes too. Never throws. */
  remove(): Promise<void>;
}

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
  const settings: Record<string, string> = {
    ...secrets,
    LMS_VERSION: 'test',
    LMS_PORT: String(port),
    POSTGRES_PORT: String(await ports.choose('postgres', 5432)),
    REDIS_PORT: String(await ports.choose('redis', 6379)),
    KAFKA_PORT: String(await ports.choose('kafka', 9092)),
    S3_PORT: String(await ports.choose('s3', 9000)),
    MAIL_PORT: String(await ports.choose('inbox', 1080)),
  };
  const envFile = join(folder, 'env');
  writeFileSync(
    envFile,
    Object.entries(settings)
      .map(([key, value]) => `${key}=${value}\n`)
      .join(''),
    { mode: 0o600 },
  );
  const files = ['docker-compose.yml', 'docker/docker-compose.test.yml'].flatMap((file) => [
    '-f',
    join(repo, file),
  ]);
  const global = [
    'compose',
    '--project-name',
    name,
    '--project-directory',
    repo,
    '--env-file',
    envFile,
    ...files,
  ];
  // Variables of the shell would take precedence over the file.
  const env = Object.fromEntries(
    Object.entries(engine.env).filter(([key]) => !(key in settings) && key !== 'COMPOSE_PROFILES'),
  );

  const compose: ComposeProject['compose'] = (args, { dev, ...options } = {}) =>
    run(engine.docker, [...global, ...(dev ? ['-f', join(repo, 'docker-compose.dev.yml')] : []), ...args], {
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
      await tryRun(engine.docker, [...global, 'down', '--volumes', '--remove-orphans', '--timeout', '15'], {
        env,
        cwd: repo,
        timeoutMs: 180_000,
      });
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
