import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { nodeBundle } from './node-bundle.ts';
import { writeLicenseTexts } from './write-license-texts.ts';

const repo = join(import.meta.dirname, '../../..');

/** Packages that cannot be bundled: native addons, and packages that read their own files at run time. */
const external = ['@node-rs/argon2', '@prisma/schema-engine-wasm', 'harper.js', 'swagger-ui-dist'];

/** Unused files of these packages: other builds of the same code, and dictionaries that are inlined. */
const unused: Record<string, RegExp> = {
  'swagger-ui-dist': /[\\/](swagger-ui-es-bundle(-core)?|swagger-ui|absolute-path|index)\.(js|html)$/,
  'harper.js': /[\\/](binary|slimBinaryInlined|binaryInlined|harper_wasm_bg)\.(js|wasm)$/,
};

interface PackageManifest {
  name: string;
  version: string;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}

/**
 * Bundles `services/<name>` for production into `dist` (by default the service's own): `main.js` (source map
 * without sources), next to it the files that are loaded on demand, one file for each worker process or thread
 * (`src/…/<name>-worker.ts`), `resolve-stack.mjs`, `node_modules/` with the few packages that cannot be bundled, and
 * `package.json`.
 * Together with `services/<name>/prisma/migrations` this is everything that the service needs to run.
 */
export async function buildService(
  name: string,
  { dist = join(repo, 'services', name, 'dist') }: { dist?: string } = {},
): Promise<void> {
  const folder = join(repo, 'services', name);
  await rm(dist, { recursive: true, force: true });
  await mkdir(dist, { recursive: true });
  const manifest = await readManifest(join(folder, 'package.json'));
  const result = await build({
    ...nodeBundle,
    entryPoints: [join(folder, 'src/main.ts'), ...(await workersOf(folder))],
    outdir: dist,
    entryNames: '[name]',
    // The OpenTelemetry SDK and Prisma's query compiler are imported on demand, so each is a separate file. All files
    // are next to main.js, because code finds the migrations relative to its own file.
    splitting: true,
    chunkNames: '[name]-[hash]',
    external,
    legalComments: 'external',
    plugins: [queryCompilerFile(dist)],
  });
  await escapeToAscii(Object.keys(result.metafile.outputs));
  await cp(join(import.meta.dirname, 'resolve-stack.mjs'), join(dist, 'resolve-stack.mjs'));
  const used = new Set(
    Object.values(result.metafile.outputs).flatMap(({ imports }) =>
      imports.filter((imported) => imported.external).map((imported) => packageOf(imported.path)),
    ),
  );
  const copied = new Map<string, string>();
  // The bundler does not find swagger-ui-dist, because its files are read and not imported.
  const needed = external.filter((candidate) => used.has(candidate) || manifest.dependencies?.[candidate]);
  for (const packageName of needed) {
    await copyPackage(packageName, folder, { target: join(dist, 'node_modules'), copied });
  }
  const { metafile } = result;
  await writeLicenseTexts({ metafile, more: [...copied.values()], file: join(dist, 'licenses.txt') });
  await writeFile(
    join(dist, 'package.json'),
    `${JSON.stringify({ name: manifest.name, version: manifest.version, private: true, type: 'module' }, null, 2)}\n`,
  );
  const bytes =
    Object.entries(result.metafile.outputs).find(([path]) => path.endsWith('main.js'))?.[1].bytes ?? 0;
  console.log(`${name}: main.js ${(bytes / 1e6).toFixed(1)} MB${used.size > 0 ? '' : ', nothing external'}`);
}

/**
 * Prisma's query compiler is a module that holds WebAssembly as base64, a string that stays in memory with its
 * module. In a bundle it is a binary file, which is read when the client is used for the first time.
 */
function queryCompilerFile(dist: string): Plugin {
  return {
    name: 'query-compiler-file',
    setup({ onLoad }) {
      onLoad({ filter: /[\\/]query_compiler_\w+\.postgresql\.wasm-base64\.m?js$/ }, async ({ path }) => {
        const { wasm } = (await import(path)) as { wasm: string };
        const file = basename(path).replace(/-base64\.m?js$/, '');
        await writeFile(join(dist, file), Buffer.from(wasm, 'base64'));
        const contents = [
          "import { readFileSync } from 'node:fs';",
          `export const wasm = readFileSync(new URL('./${file}', import.meta.url), 'base64');`,
        ].join('\n');
        return { contents, loader: 'js' };
      });
    },
  };
}

/**
 * The bundler leaves characters of regular expressions as they are, and one of them makes V8 store all of a file with
 * two bytes per character. (Later positions of the same line no longer agree with the source map exactly.)
 */
async function escapeToAscii(files: string[]): Promise<void> {
  for (const file of files.filter((name) => name.endsWith('.js'))) {
    const code = await readFile(file, 'utf8');
    const escaped = code.replace(
      /[^\0-\x7f]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
    if (escaped !== code) await writeFile(file, escaped);
  }
}

/** Workers are loaded by URL, so the bundler does not find them through imports. */
async function workersOf(folder: string): Promise<string[]> {
  const files = await readdir(join(folder, 'src'), { recursive: true });
  return files.filter((file) => file.endsWith('-worker.ts')).map((file) => join(folder, 'src', file));
}

/**
 * Copies a package and its dependencies, as installed from the lock file, into `target`, and adds their folders to
 * `copied`, so that they are not copied again.
 */
async function copyPackage(
  name: string,
  from: string,
  { target, copied }: { target: string; copied: Map<string, string> },
): Promise<void> {
  if (copied.has(name)) return;
  const folder = await findPackage(name, from);
  if (!folder) return;
  copied.set(name, folder);
  await cp(folder, join(target, name), {
    recursive: true,
    dereference: true,
    filter: (path) => {
      const inside = path.slice(folder.length);
      return (
        !/\.(ts|cts|mts|map|md)$|[\\/](test|tests|docs)[\\/]/.test(inside) && !unused[name]?.test(inside)
      );
    },
  });
  const { dependencies = {}, optionalDependencies = {} } = await readManifest(join(folder, 'package.json'));
  for (const dependency of Object.keys({ ...dependencies, ...optionalDependencies })) {
    await copyPackage(dependency, folder, { target, copied });
  }
}

/** Folder of an installed package; null for an optional one that is not for this platform. */
async function findPackage(name: string, from: string): Promise<string | null> {
  for (const base of createRequire(join(from, 'x.js')).resolve.paths(name) ?? []) {
    const manifest = await readManifest(join(base, name, 'package.json')).catch(() => null);
    if (manifest) return join(base, name);
  }
  return null;
}

async function readManifest(path: string): Promise<PackageManifest> {
  return JSON.parse(await readFile(path, 'utf8')) as PackageManifest;
}

function packageOf(specifier: string): string {
  const [scopeOrName = '', name] = specifier.split('/');
  return scopeOrName.startsWith('@') ? `${scopeOrName}/${name}` : scopeOrName;
}

if (import.meta.main) {
  const names = process.argv.slice(2);
  if (names.length === 0) throw new Error(`usage: build-service.ts <name>, from ${dirname(repo)}`);
  for (const name of names) await buildService(name);
}
