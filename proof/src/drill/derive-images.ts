import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from '../images/run.ts';

/** An image that differs from another in some files and, on request, in its command. */
export interface Variant {
  tag: string;
  /** Text by absolute path; owned by root, readable by all. */
  files: Record<string, string>;
  entrypoint?: string[];
}

interface ArchivedImage {
  Config: string;
  RepoTags: string[];
  Layers: string[];
}

/**
 * Derives variants of an image in an archive of `docker save` without a Docker engine, by adding a layer to each.
 * Writes one archive with all of them, which `ctr images import` and `docker load` can read.
 */
export async function deriveImages(options: {
  archive: string;
  from: string;
  variants: Variant[];
  /** Is emptied first, and then contains the result as `variants.tar`. */
  folder: string;
}): Promise<string> {
  const { archive, from, variants, folder } = options;
  rmSync(folder, { recursive: true, force: true });
  const root = join(folder, 'image');
  mkdirSync(root, { recursive: true });
  const images = JSON.parse(await run('tar', ['-xOf', archive, 'manifest.json'])) as ArchivedImage[];
  const base = images.find(({ RepoTags }) => RepoTags?.includes(from));
  if (!base) throw new Error(`${archive} has no image ${from}`);
  await run('tar', ['-xf', archive, '-C', root, base.Config, ...new Set(base.Layers)], {
    timeoutMs: 300_000,
  });
  const manifest: ArchivedImage[] = [];
  for (const [index, variant] of variants.entries()) {
    const layer = `variant-${index}.tar`;
    await writeLayer(join(root, layer), join(folder, `files-${index}`), variant.files);
    const config = configOf(readFileSync(join(root, base.Config), 'utf8'), {
      variant,
      diffId: createHash('sha256')
        .update(readFileSync(join(root, layer)))
        .digest('hex'),
    });
    writeFileSync(join(root, `variant-${index}.json`), config);
    manifest.push({
      Config: `variant-${index}.json`,
      RepoTags: [variant.tag],
      Layers: [...base.Layers, layer],
    });
  }
  writeFileSync(join(root, 'manifest.json'), JSON.stringify(manifest));
  const result = join(folder, 'variants.tar');
  await run('tar', ['-C', root, '-cf', result, '.'], { timeoutMs: 300_000 });
  return result;
}

async function writeLayer(tar: string, folder: string, files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    const file = join(folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text, { mode: 0o644 });
  }
  mkdirSync(folder, { recursive: true });
  await run('tar', ['-C', folder, '-cf', tar, '--owner=0', '--group=0', '--mode=u+rwX,go+rX', '.']);
}

function configOf(base: string, { variant, diffId }: { variant: Variant; diffId: string }): string {
  const config = JSON.parse(base) as {
    config: { Entrypoint?: string[] };
    rootfs: { diff_ids: string[] };
    history?: object[];
  };
  config.rootfs.diff_ids.push(`sha256:${diffId}`);
  config.history?.push({ created_by: `the drill's ${variant.tag}` });
  if (variant.entrypoint) config.config.Entrypoint = variant.entrypoint;
  return JSON.stringify(config);
}
