import { writeFileSync } from 'node:fs';
import { environments } from './index.ts';
import { snapshotOf } from './snapshot-of.ts';

/** `npm run snapshots -w k8s`: writes the objects of each environment to a file for reviewers. */
for (const [name, environment] of Object.entries(environments)) {
  const { path, text } = snapshotOf(name, environment);
  writeFileSync(path, text);
}
