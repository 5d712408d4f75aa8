import { writeFileSync } from 'node:fs';
import { chartFiles } from './chart-files.ts';

/** `npm run generate -w k8s`: writes the parts of charts/lms that follow from other files. */
for (const { path, text } of await chartFiles()) writeFileSync(path, text);
