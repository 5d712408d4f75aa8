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

/** B of content is a different image (see releases.ts). B of the others is the same image with another tag, which also replaces their pods. */
const tagsOf = (name: string) => (name === 'tools' ? ['dev'] : name === 'content' ? ['a'] : ['a', 'b']);

/**
 * Returns an archive (`docker save`) with the servers, Traefik, and this checkout's images under their release
 * names: the one that LMS_DRILL_IMAGES names, or one built with the running Docker engine or an engine started
 * for it.
 */
export async function drillArchive(folder: string, progress: Progress): Promise<string> {
  const given = process.env.LMS_DRILL_IMAGES;
  if (given) {
    if (!existsSync(given)) throw new Error(`LMS_DRILL_IMAGES: ${given} does not exist`);
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
