import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { nodeBundle } from './node-bundle.ts';
import { writeLicenseTexts } from './write-license-texts.ts';

const repo = join(import.meta.dirname, '../../..');

/**
 * Bundles what the image `lms-tools` runs (docker/tools/Dockerfile) into `tools/dist/image`: `main.js`, and
 * beside it the commands at the paths of their sources, because the seed finds its course relative to itself.
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
    // One file per command: only what runs is loaded.
    external: ['../seed/seed.js', './cdn.js', './bucket.js'],
  });
  await writeLicenseTexts({ metafile, file: join(outdir, 'licenses.txt') });
  // The course, without the drawings and programs that its pictures and sounds were made from.
  const filter = (path: string) => !path.endsWith('.ts') && !path.endsWith('/drawings');
  await cp(join(repo, 'tools/seed-course'), join(outdir, 'tools/seed-course'), { recursive: true, filter });
}

await buildTools();
