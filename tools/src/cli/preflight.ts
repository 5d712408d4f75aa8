import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { preflightCommand } from '@lms/ops/preflight/preflight-command';
import { readProduct } from '@lms/ops/product';
import { readUserEnv } from '../stack/environment.ts';
import { openState } from '../stack/state.ts';

// `npm run preflight -- [--url https://…] …`: the deployment checklist, with the environment and .env, and with the
// addresses and logs of the running local stack for variables that neither sets.
const repo = join(import.meta.dirname, '../../..');
const home = process.env.LMS_HOME || join(repo, '.lms');
const state = existsSync(join(home, 'state.json')) ? openState(home).read() : undefined;
const running = state?.status === 'ready' ? state : undefined;
const logs = join(home, 'logs');

process.exit(
  await preflightCommand(process.argv.slice(2), {
    ...(await readProduct()),
    env: { ...running?.env, ...readUserEnv(repo) },
    defaultUrl: running?.urls?.base ?? null,
    defaultLogs: running ? readdirSync(logs).map((name) => join(logs, name)) : [],
  }),
);
