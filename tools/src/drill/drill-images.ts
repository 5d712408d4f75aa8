import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { findEngine } from '../images/engine.ts';
import { run } from '../images/run.ts';
import { makeStandIns } from '../images/stand-ins.ts';
import type { Progress } from '../stack/progress.ts';
import { services } from './releases.ts';

const repo = join(import.meta.dirname, '../../..');
const servers = [
  'postgres:18',
  'redis:8',
  'apache/kafka:4.4.0',
  'andrewgaul/s3proxy:s3proxy-4.1.0',
  'maildev/maildev:3.0.0',
  'traefik:v3.7.15',
];

/**
 * An archive (`docker save`) with this checkout's services and operations commands as `lms-<name>:drill`, the servers and Traefik:
 * built with the Docker engine that runs here or one started for it, or the one that LMS_DRILL_IMAGES names.
 */
export async function drillArchive(home: string, progress: Progress): Promise<string> {
  const given = process.env.LMS_DRILL_IMAGES;
  if (given) {
    if (!existsSync(given)) throw new Error(`LMS_DRILL_IMAGES: there is no ${given}`);
    return given;
  }
  const engine = await findEngine();
  try {
    if (engine.own) await makeStandIns(engine, engine.own, (text) => progress.note(`  ${text}`));
    const docker = (args: string[]) =>
      run(engine.docker, args, { env: engine.env, cwd: repo, timeoutMs: 1_800_000 });
    const dockerfiles = {
      ...Object.fromEntries(services.map((service) => [service, `services/${service}/Dockerfile`])),
      ops: 'tools/ops/Dockerfile',
      tools: 'docker/tools/Dockerfile',
    };
    for (const [name, file] of Object.entries(dockerfiles))
      await docker(['build', '-q', '-f', file, '-t', `lms-${name}:drill`, '.']);
    const archive = join(home, 'drill-images.tar');
    await docker([
      'save',
      '-o',
      archive,
      ...Object.keys(dockerfiles).map((name) => `lms-${name}:drill`),
      ...servers,
    ]);
    return archive;
  } finally {
    await engine.stop();
  }
}
