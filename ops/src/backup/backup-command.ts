import { parseArgs } from 'node:util';
import { parseConfig } from '@lms/config';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import { type BackupBucket, openBackupBucket } from './bucket.ts';
import { createSnapshot } from './create-snapshot.ts';
import type { Manifest } from './manifest.ts';
import { pruneBackups } from './prune-backups.ts';
import { listBackups, readManifest } from './read-backup.ts';
import { restoreBackup } from './restore-backup.ts';
import { bucketVariables, identityVariables, restoreVariables } from './variables.ts';
import { verifyBackup } from './verify-backup.ts';

const usage = `usage: backup create [--label <word>] [--prune]   backs up DATABASE_URL; --prune then deletes expired backups
       backup list                               lists the names, oldest first
       backup verify [<name>|latest]             checks the whole file; with BACKUP_IDENTITY also its content
       backup restore [<name>|latest]            restores into the empty database RESTORE_DATABASE_URL, with BACKUP_IDENTITY
       backup prune                              deletes expired backups
       backup keygen                             generates a pair of keys
       --json                                    prints the result as JSON`;

interface Call {
  env: NodeJS.ProcessEnv;
  version: string;
  /** The given name, or `latest`. */
  name: string;
  label: string | null;
  prune: boolean;
  say(text: string, facts: object): void;
}

const actions: Record<string, (call: Call) => Promise<void>> = {
  create,
  list,
  verify,
  restore,
  prune,
  keygen,
};

/** Runs `backup …`; see `usage`. Returns the exit code: 0, or 2 for invalid arguments. */
export async function backupCommand(
  args: string[],
  facts: { env: NodeJS.ProcessEnv; version: string; print?: (text: string) => void },
): Promise<number> {
  const print = facts.print ?? ((text) => void process.stdout.write(`${text}\n`));
  const words = readArgs(args);
  if (typeof words === 'string') {
    print(words);
    return 2;
  }
  const say = (text: string, json: object) => print(words.json ? JSON.stringify(json) : text);
  await words.action({ env: facts.env, version: facts.version, say, ...words });
  return 0;
}

function readArgs(args: string[]) {
  try {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        label: { type: 'string' },
        prune: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
    });
    const action = actions[positionals[0] ?? ''];
    const takesName = action === verify || action === restore;
    if (!action || positionals.length > (takesName ? 2 : 1)) return usage;
    if ((values.label !== undefined || values.prune) && action !== create) return usage;
    if (values.label !== undefined && !/^[a-z0-9-]{1,60}$/.test(values.label))
      return '--label may contain only a-z, 0-9 and -';
    const { prune: pruneToo, json, label = null } = values;
    return { action, name: positionals[1] ?? 'latest', label, prune: pruneToo, json };
  } catch (error) {
    return `${(error as Error).message}\n${usage}`;
  }
}

async function create(call: Call): Promise<void> {
  const manifest = await createSnapshot(call);
  call.say(`${manifest.name}  ${summary(manifest)}`, manifest);
  if (call.prune) await prune(call);
}

async function list({ env, say }: Call): Promise<void> {
  await withBucket(env, async (bucket) => {
    const names = await listBackups(bucket);
    say(names.length > 0 ? names.join('\n') : 'there is no backup', names);
  });
}

async function verify({ env, name, say }: Call): Promise<void> {
  const identity = env.BACKUP_IDENTITY ? parseConfig(identityVariables, env).BACKUP_IDENTITY : null;
  await withBucket(env, async (bucket) => {
    const manifest = await readManifest(bucket, name);
    const depth = await verifyBackup({ bucket, manifest, identity, env });
    const what =
      depth === 'rows'
        ? 'verified the file and every row in it'
        : 'verified the file (verifying its rows needs BACKUP_IDENTITY)';
    say(`${manifest.name}  ${what}`, { name: manifest.name, verified: depth });
  });
}

async function restore({ env, name, say }: Call): Promise<void> {
  const { RESTORE_DATABASE_URL, BACKUP_IDENTITY } = parseConfig(
    { ...restoreVariables, ...identityVariables },
    env,
  );
  await withBucket(env, async (bucket) => {
    const manifest = await readManifest(bucket, name);
    const restored = await restoreBackup({
      databaseUrl: RESTORE_DATABASE_URL,
      bucket,
      manifest,
      identity: BACKUP_IDENTITY,
      env,
    });
    say(`${manifest.name}  ${restored.rows} rows in ${restored.tables} tables, compared with the manifest`, {
      name: manifest.name,
      ...restored,
    });
  });
}

async function prune({ env, say }: Call): Promise<void> {
  const {
    BACKUP_KEEP_DAYS: days,
    BACKUP_KEEP_WEEKS: weeks,
    BACKUP_KEEP_MONTHS: months,
  } = parseConfig(bucketVariables, env);
  await withBucket(env, async (bucket) => {
    const deleted = await pruneBackups(bucket, { days, weeks, months });
    say(deleted.length > 0 ? `deleted  ${deleted.join(' ')}` : 'no backup has expired', { deleted });
  });
}

async function keygen({ say }: Call): Promise<void> {
  const identity = await generateIdentity();
  const recipient = await identityToRecipient(identity);
  say(
    `BACKUP_RECIPIENTS=${recipient}\n# Keep this one outside the cluster and the bucket; without it no backup can be opened:\nBACKUP_IDENTITY=${identity}`,
    { recipient, identity },
  );
}

async function withBucket(
  env: NodeJS.ProcessEnv,
  work: (bucket: BackupBucket) => Promise<void>,
): Promise<void> {
  const bucket = openBackupBucket(parseConfig(bucketVariables, env));
  try {
    await work(bucket);
  } finally {
    bucket.close();
  }
}

function summary({ schemas, file }: Manifest): string {
  const tables = schemas.flatMap((schema) => schema.tables);
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  return `${rows} rows in ${tables.length} tables of ${schemas.length} schemas, ${file.bytes} bytes`;
}
