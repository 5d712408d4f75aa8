import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readUserEnv, withoutForeignServers } from '../stack/environment.ts';
import { localStackEnv } from '../stack/local-stack-env.ts';

/**
 * `npm run prisma -- <service> <prisma command…>`: the Prisma CLI for one service. `all migrate deploy` and
 * `all migrate status`, which `npx prisma …` at the root of the repository runs, process the services in sequence.
 * The database is DATABASE_URL of the environment or of `.env`, otherwise that of the local stack.
 */
const repo = join(import.meta.dirname, '../../..');
/** In the order in which they are migrated; no service needs the tables of another. */
const services = ['auth', 'content', 'media', 'ai'];
const [service = '', ...args] = process.argv.slice(2);
const command = args.slice(0, 2).join(' ');

if (service !== 'all' && !existsSync(join(repo, 'services', service, 'prisma/schema.prisma')))
  endWith(`usage: npm run prisma -- <${services.join('|')}> <prisma command…>`);
if (service === 'all' && !['migrate deploy', 'migrate status'].includes(command))
  endWith(
    `prisma ${command} works on one service: npm run prisma -- <${services.join('|')}> ${args.join(' ')}`,
  );

const { env: userEnv } = await withoutForeignServers(readUserEnv(repo), ['DATABASE_URL']);
const databaseUrl = userEnv.DATABASE_URL || localStackEnv(repo).DATABASE_URL;
if (service === 'all') {
  if (!databaseUrl) endWith('DATABASE_URL is not set, and no local stack has run here (npm run up).', 1);
  for (const [index, name] of services.entries()) {
    console.log(`\n── ${name}, ${index + 1} of ${services.length} ──`);
    const status = runPrisma(name);
    if (status === 0) continue;
    const left = services.slice(index + 1);
    endWith(
      `\nprisma ${command} failed for ${name}${left.length > 0 ? `; not tried: ${left.join(', ')}` : ''}`,
      status,
    );
  }
  if (command === 'migrate deploy')
    console.log(
      `\nMigrated: ${services.join(', ')}. Job tables and Kafka topics belong to each service's own command "migrate".`,
    );
} else process.exit(runPrisma(service));

/** @returns The exit code. */
function runPrisma(name: string): number {
  const result = spawnSync(process.execPath, [join(repo, 'node_modules/prisma/build/index.js'), ...args], {
    cwd: join(repo, 'services', name),
    env: { ...process.env, ...(databaseUrl ? { DATABASE_URL: databaseUrl } : {}) },
    stdio: 'inherit',
  });
  return result.status ?? 1;
}

function endWith(line: string, code = 2): never {
  console.error(line);
  process.exit(code);
}
