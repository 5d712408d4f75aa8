import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type EnvShape, serviceVariables } from '@lms/config';

const repo = join(import.meta.dirname, '../..');

/** The configuration shapes of all services from their `src/config.ts`, the only list of variables. */
export async function readServiceShapes(): Promise<EnvShape[]> {
  return [serviceVariables, ...(await readNamedShapes()).map(({ shape }) => shape)];
}

/** Each service's own shape, without `serviceVariables`. */
export async function readNamedShapes(): Promise<{ service: string; shape: EnvShape }[]> {
  const order = ['auth', 'content', 'media', 'ai', 'status'];
  const services = (await readdir(join(repo, 'services'))).sort(
    (a, b) => order.indexOf(a) - order.indexOf(b),
  );
  return Promise.all(
    services.map(async (service) => {
      const exported = (await import(join(repo, 'services', service, 'src/config.ts'))) as Record<
        string,
        unknown
      >;
      const shape = Object.entries(exported).find(([name]) => name.endsWith('Variables'))?.[1];
      if (!shape) throw new Error(`services/${service}/src/config.ts exports no …Variables`);
      return { service, shape: shape as EnvShape };
    }),
  );
}

/** Names of all variables that any service reads. */
export async function knownVariableNames(): Promise<Set<string>> {
  return new Set((await readServiceShapes()).flatMap((shape) => Object.keys(shape)));
}
