import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '@lms/tools/stack/downloads';
import { run } from '../images/run.ts';

/** Name of the image that holds a pod's namespaces; it is never pulled. */
export const pauseImage = 'lms.local/pause:1';

/**
 * Builds proof/cluster/pause and packs it as an image archive that `ctr images import` reads.
 * @returns The path of the archive in `folder`.
 */
export async function buildPauseImage(folder: string): Promise<string> {
  const root = join(folder, 'pause');
  rmSync(root, { recursive: true, force: true });
  mkdirSync(join(root, 'layer'), { recursive: true });
  const go = findProgram('go');
  if (!go) throw new Error('Go is needed to build the pause image');
  await run(go, ['build', '-trimpath', '-ldflags', '-s -w', '-o', join(root, 'layer/pause'), '.'], {
    cwd: join(import.meta.dirname, '../../cluster/pause'),
    env: { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-buildvcs=false' },
  });
  await run('tar', [
    '-C',
    join(root, 'layer'),
    '-cf',
    join(root, 'layer.tar'),
    '--owner=0',
    '--group=0',
    'pause',
  ]);
  const layer = createHash('sha256')
    .update(readFileSync(join(root, 'layer.tar')))
    .digest('hex');
  const config = JSON.stringify({
    architecture: process.arch === 'arm64' ? 'arm64' : 'amd64',
    os: 'linux',
    config: { Entrypoint: ['/pause'], User: '65535:65535' },
    rootfs: { type: 'layers', diff_ids: [`sha256:${layer}`] },
  });
  writeFileSync(join(root, 'config.json'), config);
  const manifest = [{ Config: 'config.json', RepoTags: [pauseImage], Layers: ['layer.tar'] }];
  writeFileSync(join(root, 'manifest.json'), JSON.stringify(manifest));
  const archive = join(folder, 'pause.tar');
  await run('tar', ['-C', root, '-cf', archive, 'manifest.json', 'config.json', 'layer.tar']);
  return archive;
}
