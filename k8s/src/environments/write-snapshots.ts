import { writeFileSync } from 'node:fs';
import { environments } from './index.ts';
import { snapshotOf } from './snapshot-of.ts';

/** `npm run snapshots -w k8s`: writes what the objects of each environment are, for reviewers to read. */
for (const [name, environment] of Object.entries(environments)) {
  const { path, text } = snapshotOf(name, environment);
  writeFileSync(path, text);
}
