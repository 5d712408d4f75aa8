import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { nodeBundle } from './node-bundle.ts';
import { writeLicenseTexts } from './write-license-texts.ts';

const repo = join(import.meta.dirname, '../../..');

/**
 * Bundles the commands of the image `lms-tools` (docker/tools/Dockerfile) into `tools/dist/image`: `main.js`, and
 * the commands at the paths of their sources, because the seed finds its course relative to itself.
 */
async function buildTools(): Promise<void> {
  const outdir = join(repo, 'tools/dist/image');
  await rm(outdir, { recursive: true, force: true });
  const { metafile } = await build({
    ...nodeBundle,
    entryPoints: ['main', 'cdn', 'bucket']
      .map((name) => join(repo, `tools/src/container/${name}.ts`))
      .concat(join(repo, 'tools/src/seed/seed.ts')),
    outbase: repo,
    outdir,
    // One file per command, so that only the code of that command is loaded.
    external: ['../seed/seed.js', './cdn.js', './bucket.js'],
  });
  await writeLicenseTexts({ metafile, file: join(outdir, 'licenses.txt') });
  // The course, without the sources of its pictures and recordings.
  const filter = (path: string) => !path.endsWith('.ts') && !path.endsWith('/drawings');
  await cp(join(repo, 'tools/seed-course'), join(outdir, 'tools/seed-course'), { recursive: true, filter });
}

await buildTools();
