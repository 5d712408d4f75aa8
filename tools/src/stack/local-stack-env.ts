import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openState } from './state.ts';

/** Environment of the services of the stack that `npm run up` started in this checkout; empty if there is none. */
export function localStackEnv(repo: string): Record<string, string> {
  const home = process.env.LMS_HOME || join(repo, '.lms');
  return existsSync(join(home, 'state.json')) ? (openState(home).read().env ?? {}) : {};
}
