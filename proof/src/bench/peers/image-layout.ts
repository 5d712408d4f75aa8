import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildService } from '@lms/tools/build/build-service';
import { baseEnv } from '@lms/tools/stack/services-env';

/** A service as its image has it, in a folder that stands for the image's `/app`. */
export interface ImageLayout {
  folder: string;
  /** Program and arguments of the image's ENTRYPOINT; a mode such as `api` follows. */
  entrypoint: string[];
  /** Variables that the image sets. */
  env: NodeJS.ProcessEnv;
}

/** Builds the service's bundle, and fills the compile cache as the Dockerfile does. */
export async function layOutImage(
  service: string,
  { repo, home }: { repo: string; home: string },
): Promise<ImageLayout> {
  const folder = join(home, `image-${service}`);
  mkdirSync(folder, { recursive: true });
  await buildService(service, { dist: join(folder, 'dist') });
  const source = join(repo, 'services', service);
  cpSync(join(source, 'prisma/migrations'), join(folder, 'prisma/migrations'), { recursive: true });
  const { entrypoint, env } = readRuntimeStage(readFileSync(join(source, 'Dockerfile'), 'utf8'));
  const [program = '', ...args] = entrypoint;
  if (program !== 'node') throw new Error(`${service}: the image's ENTRYPOINT starts ${program}, not node`);
  const { NODE_COMPILE_CACHE: _shared, ...machine } = baseEnv();
  const ownEnv = Object.fromEntries(
    Object.entries(env).map(([name, value]) => [name, value.replace(/^\/app\b/, folder)]),
  );
  const layout = { folder, entrypoint: [process.execPath, ...args], env: { ...machine, ...ownEnv } };
  // Without configuration it ends at once, but by then all code is loaded and compiled.
  spawnSync(process.execPath, [...args, 'check-config'], { cwd: folder, env: layout.env });
  return layout;
}

/** ENTRYPOINT and ENV of a Dockerfile's last stage. */
export function readRuntimeStage(dockerfile: string): { entrypoint: string[]; env: Record<string, string> } {
  const lines = dockerfile.replaceAll(/\\\n/g, ' ').split('\n');
  const stage = lines.slice(lines.findLastIndex((line) => /^FROM /i.test(line)));
  const entrypoint = stage.findLast((line) => line.startsWith('ENTRYPOINT ['))?.slice('ENTRYPOINT '.length);
  if (!entrypoint) throw new Error('the Dockerfile has no ENTRYPOINT in its last stage');
  const pairs = stage
    .filter((line) => line.startsWith('ENV '))
    .flatMap((line) => line.slice('ENV '.length).trim().split(/\s+/))
    .map((pair): [string, string] => {
      const [name = '', ...value] = pair.split('=');
      return [name, value.join('=').replace(/^"(.*)"$/, '$1')];
    });
  return { entrypoint: JSON.parse(entrypoint) as string[], env: Object.fromEntries(pairs) };
}
