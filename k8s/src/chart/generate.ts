import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { chartFiles } from './chart-files.ts';

/** `npm run chart -w k8s`: writes the generated parts of charts/lms. */
for (const { path, text } of await chartFiles()) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
