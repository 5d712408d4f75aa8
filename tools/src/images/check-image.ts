import { createReadStream } from 'node:fs';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { run } from './run.ts';

/** Most that our layers may add to the base, in bytes. */
export const maxAddedBytes = 60_000_000;

export interface ImageFacts {
  image: string;
  addedBytes: number;
  layers: number;
}

interface Inspected {
  Size: number;
  RootFS: { Layers: string[] };
  Config: {
    User: string;
    Entrypoint: string[] | null;
    Healthcheck?: { Test: string[] };
    Labels: Record<string, string> | null;
    Env: string[];
  };
}

/**
 * Looks at one of our images: who it runs as, how it starts, how large it is, what its layers and its history
 * hold. Gives the problems, one line each.
 */
export async function checkImage(check: {
  image: string;
  base: string;
  /** Values that must not be found, by name. */
  secrets: Record<string, string>;
  /** False for an image of commands that run and end. */
  serves: boolean;
  docker: (args: string[], options?: { timeoutMs?: number }) => Promise<string>;
}): Promise<{ facts: ImageFacts; problems: string[] }> {
  const { image, base, secrets, serves, docker } = check;
  const inspect = async (name: string) =>
    (JSON.parse(await docker(['image', 'inspect', name])) as Inspected[])[0] as Inspected;
  const [own, below] = [await inspect(image), await inspect(base)];
  const problems: string[] = [];
  const expect = (holds: boolean, problem: string) => void (holds || problems.push(problem));
  const { Config: config } = own;
  const addedBytes = own.Size - below.Size;

  expect(
    /^[1-9]\d*(:\d+)?$/.test(config.User),
    `runs as "${config.User}", not as a numeric user other than root`,
  );
  expect(config.Entrypoint?.[0] === 'node', 'node is not its first process: signals would not reach it');
  expect(!serves || config.Healthcheck?.Test[0] === 'CMD', 'has no HEALTHCHECK in exec form');
  for (const label of ['title', 'description', 'version', 'revision', 'created', 'licenses'])
    expect(Boolean(config.Labels?.[`org.opencontainers.image.${label}`]), `lacks the OCI label ${label}`);
  expect(addedBytes <= maxAddedBytes, `adds ${(addedBytes / 1e6).toFixed(1)} MB to its base`);
  const baseLayers = below.RootFS.Layers;
  expect(
    baseLayers.every((layer, index) => own.RootFS.Layers[index] === layer),
    'is not built on its base',
  );

  const history = await docker(['history', '--no-trunc', '--format', '{{.CreatedBy}} {{.Comment}}', image]);
  const described = `${history}\n${JSON.stringify(config)}`;
  for (const [name, value] of Object.entries(secrets))
    expect(!described.includes(value), `its history or configuration holds the value of ${name}`);
  problems.push(...(await checkLayers({ image, skip: baseLayers.length, secrets, docker })));
  return { facts: { image, addedBytes, layers: own.RootFS.Layers.length - baseLayers.length }, problems };
}

const forbiddenNames: [RegExp, string][] = [
  [/(^|\/)\.env(\.|$)/, 'an environment file'],
  [/(^|\/)(\.npmrc|\.git|\.netrc|\.docker)$/, 'a file with credentials'],
  [/\.(pem|key|p12|age)$/, 'a key'],
  [/(?<!\.d)\.ts$/, 'TypeScript source'],
  [/(^|\/)(typescript|vitest|esbuild|prisma|npm|@biomejs|nx)\/package\.json$/, 'a tool of development'],
];

/** Unpacks the layers above the base and looks at every file in them, those deleted by a later layer too. */
async function checkLayers(check: {
  image: string;
  skip: number;
  secrets: Record<string, string>;
  docker: (args: string[], options?: { timeoutMs?: number }) => Promise<string>;
}): Promise<string[]> {
  const { image, skip, secrets, docker } = check;
  const folder = await mkdtemp(join(tmpdir(), 'lms-layers-'));
  const problems: string[] = [];
  try {
    const archive = join(folder, 'image.tar');
    await docker(['save', '-o', archive, image], { timeoutMs: 180_000 });
    await run('tar', ['-xf', 'image.tar', 'manifest.json'], { cwd: folder });
    const manifest = JSON.parse(await run('cat', ['manifest.json'], { cwd: folder })) as {
      Layers: string[];
    }[];
    for (const layer of (manifest[0]?.Layers ?? []).slice(skip)) {
      const target = await mkdtemp(join(folder, 'layer-'));
      await run('tar', ['-xf', 'image.tar', layer], { cwd: folder });
      await run('tar', ['--no-same-owner', '-xf', join(folder, layer), '-C', target]);
      problems.push(...(await checkFiles(target, secrets)));
      await rm(target, { recursive: true, force: true });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return problems;
}

async function checkFiles(root: string, secrets: Record<string, string>): Promise<string[]> {
  const problems: string[] = [];
  const needles = Object.entries({ ...secrets, 'a private key': '-----BEGIN PRIVATE KEY-----' });
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    const path = relative(root, file);
    for (const [pattern, what] of forbiddenNames)
      if (pattern.test(path)) problems.push(`holds ${what}: ${path}`);
    if (!entry.isFile() || (await stat(file)).size === 0) continue;
    for (const [name, value] of needles)
      if (await contains(file, Buffer.from(value))) problems.push(`${path} holds ${name}`);
  }
  return problems;
}

/** Whether a file has these bytes, also across the pieces it is read in. */
async function contains(file: string, needle: Buffer): Promise<boolean> {
  let tail = Buffer.alloc(0);
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    const piece = Buffer.concat([tail, chunk as Buffer]);
    if (piece.includes(needle)) return true;
    tail = piece.subarray(-needle.length + 1);
  }
  return false;
}
