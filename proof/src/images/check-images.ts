import { createReadStream } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { run } from './run.ts';

/** Maximum size that our layers may add to the base, in bytes. */
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

type Docker = (args: string[], options?: { timeoutMs?: number }) => Promise<string>;

/**
 * Inspects our images: their user, entry point, size, and the content of their layers and history. Returns facts and
 * problems for each.
 */
export async function checkImages(check: {
  images: { image: string; serves: boolean }[];
  base: string;
  /** Values that must not occur in images, by name. */
  secrets: Record<string, string>;
  docker: Docker;
}): Promise<{ facts: ImageFacts; problems: string[] }[]> {
  const { images, base, secrets, docker } = check;
  const below = await inspect(docker, base);
  const names = images.map(({ image }) => image);
  const inLayers = await checkLayers({ images: names, skip: below.RootFS.Layers.length, secrets, docker });
  const results: { facts: ImageFacts; problems: string[] }[] = [];
  for (const { image, serves } of images) {
    const own = await inspect(docker, image);
    const history = await docker(['history', '--no-trunc', '--format', '{{.CreatedBy}} {{.Comment}}', image]);
    const described = `${history}\n${JSON.stringify(own.Config)}`;
    const leaks = Object.entries(secrets).filter(([, value]) => described.includes(value));
    results.push({
      facts: {
        image,
        addedBytes: own.Size - below.Size,
        layers: own.RootFS.Layers.length - below.RootFS.Layers.length,
      },
      problems: [
        ...checkConfig(own, { below, serves }),
        ...leaks.map(([name]) => `its history or configuration contains the value of ${name}`),
        ...(inLayers.get(image) ?? ['its layers could not be read']),
      ],
    });
  }
  return results;
}

async function inspect(docker: Docker, image: string): Promise<Inspected> {
  return (JSON.parse(await docker(['image', 'inspect', image])) as Inspected[])[0] as Inspected;
}

/** `serves`: false for an image of commands that run and end. */
function checkConfig(own: Inspected, { below, serves }: { below: Inspected; serves: boolean }): string[] {
  const { Config: config } = own;
  const problems: string[] = [];
  const expect = (holds: boolean, problem: string) => void (holds || problems.push(problem));
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
  expect(
    below.RootFS.Layers.every((layer, index) => own.RootFS.Layers[index] === layer),
    'is not built on its base',
  );
  return problems;
}

const forbiddenNames: [RegExp, string][] = [
  [/(^|\/)\.env(\.|$)/, 'an environment file'],
  [/(^|\/)(\.npmrc|\.git|\.netrc|\.docker)$/, 'a file with credentials'],
  [/\.(pem|key|p12|age)$/, 'a key'],
  [/(?<!\.d)\.ts$/, 'TypeScript source'],
  [/(^|\/)(typescript|jest|esbuild|prisma|npm|@biomejs|nx)\/package\.json$/, 'a tool of development'],
];

/** Unpacks the layers above the base and inspects every file, including those that a later layer deletes. */
async function checkLayers(check: {
  images: string[];
  /** Layers of the base. */
  skip: number;
  secrets: Record<string, string>;
  docker: Docker;
}): Promise<Map<string, string[]>> {
  const { images, skip, secrets, docker } = check;
  const folder = await mkdtemp(join(tmpdir(), 'lms-layers-'));
  const byLayer = new Map<string, string[]>();
  const byImage = new Map<string, string[]>();
  try {
    // All at once, so that shared layers are written once.
    await docker(['save', '-o', join(folder, 'images.tar'), ...images], { timeoutMs: 300_000 });
    await run('tar', ['-xf', 'images.tar', 'manifest.json'], { cwd: folder });
    const manifest = JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8')) as {
      RepoTags: string[];
      Layers: string[];
    }[];
    for (const { RepoTags, Layers } of manifest) {
      const own = Layers.slice(skip);
      for (const layer of own.filter((path) => !byLayer.has(path))) {
        const target = await mkdtemp(join(folder, 'layer-'));
        await run('tar', ['-xf', 'images.tar', layer], { cwd: folder });
        await run('tar', ['--no-same-owner', '-xf', join(folder, layer), '-C', target]);
        byLayer.set(layer, await checkFiles(target, secrets));
        await rm(target, { recursive: true, force: true });
      }
      const problems = own.flatMap((layer) => byLayer.get(layer) ?? []);
      for (const tag of RepoTags) byImage.set(tag, problems);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return byImage;
}

async function checkFiles(root: string, secrets: Record<string, string>): Promise<string[]> {
  const problems: string[] = [];
  const needles = Object.entries({ ...secrets, 'a private key': '-----BEGIN PRIVATE KEY-----' });
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath, entry.name);
    const path = relative(root, file);
    for (const [pattern, what] of forbiddenNames)
      if (pattern.test(path)) problems.push(`contains ${what}: ${path}`);
    if (!entry.isFile() || (await stat(file)).size === 0) continue;
    for (const [name, value] of needles)
      if (await contains(file, Buffer.from(value))) problems.push(`${path} holds ${name}`);
  }
  return problems;
}

/** True if a file contains these bytes, also across the chunks in which it is read. */
async function contains(file: string, needle: Buffer): Promise<boolean> {
  let tail = Buffer.alloc(0);
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
    const piece = Buffer.concat([tail, chunk as Buffer]);
    if (piece.includes(needle)) return true;
    tail = piece.subarray(-needle.length + 1);
  }
  return false;
}
