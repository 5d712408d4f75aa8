import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** An npm package that an image may contain. */
export interface ShippedPackage {
  name: string;
  version: string;
  /** SPDX expression from the package's package.json. */
  license: string;
}

interface LockEntry {
  version?: string;
  license?: string;
  link?: boolean;
  resolved?: string;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
}
type Lock = Record<string, LockEntry>;

/** Code of the images lms-tools and lms-ops. Only packages that it imports are shipped, not its whole workspace. */
const shippedFolders = ['tools/src/{container,seed}/**/*.ts', 'ops/src/**/*.ts'];
/** Reads the checkout; in the image, build-ops.ts replaces it with its result. */
const notShipped = 'ops/src/{product,known-variables}.ts';
/** Licences of packages without one in package.json, according to their LICENSE files. */
const stated: Record<string, string> = { 'seq-queue': 'MIT', 'xmlhttprequest-ssl': 'MIT' };

/**
 * Lists the packages of the lock file from which the images are built: all dependencies of the services, and the
 * packages that the code of lms-tools and lms-ops imports, with their dependencies. A bundle contains only what is
 * imported. Sorted by name, then version.
 * @throws Error naming a package without a licence.
 */
export function listShippedPackages(repo: string): ShippedPackage[] {
  const lock = (JSON.parse(readFileSync(join(repo, 'package-lock.json'), 'utf8')) as { packages: Lock })
    .packages;
  const found = new Map<string, ShippedPackage>();
  const seen = new Set<string>();
  const visit = (key: string) => {
    if (seen.has(key)) return;
    seen.add(key);
    const entry = lock[key] ?? {};
    if (key.includes('node_modules/') && !entry.link) {
      const name = key.slice(key.lastIndexOf('node_modules/') + 'node_modules/'.length);
      const license = entry.license ?? stated[name];
      const version = entry.version ?? '';
      if (!license)
        throw new Error(
          `${name} ${version} states no licence: find its licence, and add it to ${import.meta.filename}`,
        );
      found.set(`${name} ${version}`, { name, version, license });
    }
    for (const dependency of Object.keys({ ...entry.dependencies, ...entry.optionalDependencies })) {
      const target = resolve(lock, key, dependency);
      if (target) visit(target);
    }
  };
  for (const key of Object.keys(lock)) if (/^services\/[^/]+$/.test(key)) visit(key);
  for (const pattern of shippedFolders)
    for (const file of globSync(pattern, {
      cwd: repo,
      exclude: ['**/*.test.ts', '**/testing/**', notShipped],
    }))
      for (const name of importsOf(readFileSync(join(repo, file), 'utf8'))) {
        const target = resolve(lock, file.split('/')[0] ?? '', name);
        if (target) visit(target);
      }
  const key = ({ name, version }: ShippedPackage) => `${name} ${version}`;
  return [...found.values()].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** Names of packages that a source file imports, except types. */
function importsOf(text: string): string[] {
  const specifiers = [...text.matchAll(/^(?:import|export)(?! type)[^;]*? from '([^'.][^']*)'/gm)].map(
    (match) => match[1] ?? '',
  );
  return specifiers
    .filter((specifier) => !specifier.startsWith('node:'))
    .map((specifier) =>
      specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/'),
    );
}

/** Key of a package in the lock file, resolved like Node does; null for an optional package that is not installed. */
function resolve(lock: Lock, from: string, name: string): string | null {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/')))) {
    const key = folder ? `${folder}/node_modules/${name}` : `node_modules/${name}`;
    const entry = lock[key];
    if (entry) return entry.link && entry.resolved ? entry.resolved : key;
    if (!folder) return null;
  }
}
