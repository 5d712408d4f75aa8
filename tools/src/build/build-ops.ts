import { cp, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Product, readProduct } from '@lms/ops/product';
import { build, type Plugin } from 'esbuild';
import { nodeBundle } from './node-bundle.ts';
import { writeLicenseTexts } from './write-license-texts.ts';

const repo = join(import.meta.dirname, '../../..');

/**
 * Bundles the operations commands into `dist`: `main.js`, `package.json` and `migrations/<service>`, which is
 * everything that they need. Services, variables and migrations are those of this checkout.
 */
export async function buildOps(dist = join(repo, 'ops/dist')): Promise<void> {
  await rm(dist, { recursive: true, force: true });
  await mkdir(dist, { recursive: true });
  const product = await readProduct();
  const { migrations, version } = product;
  const { metafile } = await build({
    ...nodeBundle,
    entryPoints: [join(repo, 'ops/src/main.ts')],
    outfile: join(dist, 'main.js'),
    legalComments: 'external',
    plugins: [productPlugin(product)],
  });
  await writeLicenseTexts({ metafile, file: join(dist, 'licenses.txt') });
  for (const { service, migrationsDir } of migrations)
    await cp(migrationsDir, join(dist, 'migrations', service), { recursive: true });
  const manifest = { name: '@lms/ops', version, private: true, type: 'module' };
  await writeFile(join(dist, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Replaces product.ts, which reads a checkout, with the values of this checkout. */
function productPlugin({ shapes, migrations, version }: Product): Plugin {
  const services = shapes.map(({ service }) => service);
  const withMigrations = migrations.map(({ service }) => service);
  const contents = [
    "import { join } from 'node:path';",
    "import { serviceVariables } from '@lms/config';",
    ...services.map((name) => `import * as ${name} from '${join(repo, 'services', name, 'src/config.ts')}';`),
    `const modules = { ${services.join(', ')} };`,
    'const shapeOf = (module) => Object.entries(module).find(([name]) => name.endsWith("Variables"))[1];',
    'export const readProduct = async () => ({',
    `  version: ${JSON.stringify(version)},`,
    '  shapes: Object.entries(modules).map(([service, module]) => ({ service, shape: { ...serviceVariables, ...shapeOf(module) } })),',
    `  migrations: ${JSON.stringify(withMigrations)}.map((service) => ({ service, migrationsDir: join(import.meta.dirname, 'migrations', service) })),`,
    '});',
  ].join('\n');
  return {
    name: 'product',
    setup({ onLoad }) {
      onLoad({ filter: /[\\/]ops[\\/]src[\\/]product\.ts$/ }, () => ({
        contents,
        loader: 'ts',
        resolveDir: join(repo, 'ops/src'),
      }));
    },
  };
}

if (import.meta.main) await buildOps();
