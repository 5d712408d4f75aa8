import { join } from 'node:path';
import { stringify } from 'yaml';
import { createEnvironment } from '../create-environment.ts';
import type { Manifest } from '../testing/manifests.ts';
import type { Environment } from './environment.ts';

/** An environment's objects in the form that reviewers read, and the file with the reviewed snapshot. */
export function snapshotOf(name: string, environment: Environment): { path: string; text: string } {
  const text = objectsOf(environment)
    .map((object) => stringify(object, { lineWidth: 0 }))
    .join('---\n');
  return { path: join(import.meta.dirname, `snapshots/${name}.yaml`), text };
}

/** Objects of an environment, in the order in which they are applied. */
export function objectsOf(environment: Environment): Manifest[] {
  return createEnvironment(environment).charts.flatMap((chart) => chart.toJson() as Manifest[]);
}
