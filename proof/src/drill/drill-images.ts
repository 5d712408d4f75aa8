import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Progress } from '@lms/tools/stack/progress';
import { findEngine } from '../images/engine.ts';
import { run } from '../images/run.ts';
import { makeStandIns } from '../images/stand-ins.ts';
import { registry, services } from './releases.ts';

const repo = join(import.meta.dirname, '../../..');
const servers = [
  'postgres:18',
  'redis:8',
  'apache/kafka:4.4.0',
  'andrewgaul/s3proxy:s3proxy-4.1.0',
  'maildev/maildev:3.0.0',
  'traefik:v3.7.15',
];

/** Of content B is another image (see releases.ts); of the others the same under another tag: pods are replaced all the same. */
const tagsOf = (name: string) => (name === 'tools' ? ['dev'] : name === 'content' ? ['a'] : ['a', 'b']);

/**
 * An archive (`docker save`) with the servers, Traefik, and this checkout's images under the names that the
 * releases give them: built with the Docker engine that runs here or one started for it, or such an archive
 * that LMS_DRILL_IMAGES names.
 */
export async function drillArchive(folder: string, progress: Progress): Promise<string> {
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
      ops: 'ops/Dockerfile',
      tools: 'docker/tools/Dockerfile',
    };
    const names: string[] = [];
    for (const [name, file] of Object.entries(dockerfiles)) {
      const tags = tagsOf(name).map((tag) => `${registry}${name}:${tag}`);
      await docker(['build', '-q', '-f', file, ...tags.flatMap((tag) => ['-t', tag]), '.']);
      names.push(...tags);
    }
    for (const name of servers)
      if ((await docker(['images', '-q', name])).trim() === '') await docker(['pull', '-q', name]);
    mkdirSync(folder, { recursive: true });
    const archive = join(folder, 'release-a.tar');
    await docker(['save', '-o', archive, ...names, ...servers]);
    return archive;
  } finally {
    await engine.stop();
  }
}
