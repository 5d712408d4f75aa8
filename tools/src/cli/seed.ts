import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { seedAccounts } from '../seed/accounts.ts';
import { localStackEnv } from '../stack/local-stack-env.ts';
import { runSeed } from '../stack/seed-and-health.ts';
import { openState } from '../stack/state.ts';

/**
 * `npx prisma db seed`, or `node tools/run.mjs seed`: seeds the accounts and the course of a running stack: that of
 * `npm run up`, otherwise one at LMS_BASE_URL or at the port of Docker Compose. There it only seeds the course;
 * `docker compose exec auth seed` creates the accounts. Existing data is not changed.
 */
const repo = join(import.meta.dirname, '../../..');
const env = localStackEnv(repo);
const local = env.DATABASE_URL
  ? openState(process.env.LMS_HOME || join(repo, '.lms')).read().urls?.base
  : undefined;
const elsewhere = process.env.LMS_BASE_URL || 'http://localhost:8080/api/v1';

try {
  if (local && (await answers(local))) {
    seedLocalAccounts();
    console.log(`accounts: ${seedAccounts.map(({ email }) => email).join(', ')}`);
    console.log(await runSeed({ repo, baseUrl: local }));
  } else if (await answers(elsewhere)) console.log(await runSeed({ repo, baseUrl: elsewhere }));
  else {
    console.error(
      `Nothing to seed: no stack answers${local ? ` at ${local} or` : ' at'} ${elsewhere}. Start one (npm run up or docker compose up); both seed by themselves.`,
    );
    process.exitCode = 1;
  }
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

function answers(baseUrl: string): Promise<boolean> {
  return fetch(`${baseUrl.replace(/\/+$/, '')}/health`, { signal: AbortSignal.timeout(5_000) }).then(
    (response) => response.status === 200 || response.status === 503,
    () => false,
  );
}

/** The auth service creates the accounts itself, because the API cannot assign roles. */
function seedLocalAccounts(): void {
  const main = join(repo, 'services/auth/src/main.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'seed'], {
    env: { PATH: process.env.PATH, ...env, SEED_ACCOUNTS: JSON.stringify(seedAccounts) },
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`The accounts could not be seeded:\n${(stderr || stdout).trim()}`);
}
