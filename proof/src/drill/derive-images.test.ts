import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { deriveImages } from './derive-images.ts';

let folder: string;
let archive: string;
const tar = (...args: string[]) => execFileSync('tar', args).toString();

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'lms-derive-'));
  const image = join(folder, 'base');
  mkdirSync(join(image, 'layer0'), { recursive: true });
  writeFileSync(join(image, 'layer0/layer.tar'), 'the layer of the base');
  const config = {
    config: { Entrypoint: ['old'], User: '1:1' },
    rootfs: { type: 'layers', diff_ids: ['sha256:00'] },
  };
  writeFileSync(join(image, 'base.json'), JSON.stringify(config));
  const manifest = [
    { Config: 'other.json', RepoTags: ['other:1'], Layers: [] },
    { Config: 'base.json', RepoTags: ['base:1'], Layers: ['layer0/layer.tar'] },
  ];
  writeFileSync(join(image, 'manifest.json'), JSON.stringify(manifest));
  archive = join(folder, 'base.tar');
  // Docker names them without a leading ./.
  tar('-C', image, '-cf', archive, 'manifest.json', 'base.json', 'layer0/layer.tar');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('deriveImages', () => {
  it('adds one layer to each variant, and changes its command only on request', async () => {
    const result = await deriveImages({
      archive,
      from: 'base:1',
      variants: [
        { tag: 'new:b', files: { '/app/a/b.txt': 'hello\n' } },
        {
          tag: 'new:crash',
          files: { '/crash.mjs': 'process.exit(1);\n' },
          entrypoint: ['node', '/crash.mjs'],
        },
      ],
      folder: join(folder, 'out'),
    });
    const unpacked = join(folder, 'unpacked');
    mkdirSync(unpacked);
    tar('-xf', result, '-C', unpacked);
    const read = (name: string) => readFileSync(join(unpacked, name));
    const [b, crash] = JSON.parse(read('manifest.json').toString());
    expect([b.RepoTags, crash.RepoTags]).toEqual([['new:b'], ['new:crash']]);
    expect(b.Layers[0]).toBe('layer0/layer.tar');
    expect(read(b.Layers[0]).toString()).toBe('the layer of the base');
    const layer = read(b.Layers[1]);
    expect(tar('-tf', join(unpacked, b.Layers[1]))).toContain('./app/a/b.txt\n');
    expect(tar('-xOf', join(unpacked, b.Layers[1]), './app/a/b.txt')).toBe('hello\n');
    const config = JSON.parse(read(b.Config).toString());
    expect(config.rootfs.diff_ids).toEqual([
      'sha256:00',
      `sha256:${createHash('sha256').update(layer).digest('hex')}`,
    ]);
    expect(config.config).toEqual({ Entrypoint: ['old'], User: '1:1' });
    expect(JSON.parse(read(crash.Config).toString()).config.Entrypoint).toEqual(['node', '/crash.mjs']);
  });

  it('reports an image that does not exist', async () => {
    const options = { archive, from: 'none:1', variants: [], folder: join(folder, 'none') };
    await expect(deriveImages(options)).rejects.toThrow('has no image none:1');
  });
});
