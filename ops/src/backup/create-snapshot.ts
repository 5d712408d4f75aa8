import { directDatabaseUrl, parseConfig } from '@lms/config';
import { openBackupBucket } from './bucket.ts';
import { createBackup } from './create-backup.ts';
import type { Manifest } from './manifest.ts';
import { backupVariables } from './variables.ts';

/**
 * Creates a backup as configured by the environment.
 * @throws ConfigError naming every invalid variable.
 */
export async function createSnapshot(options: {
  env: NodeJS.ProcessEnv;
  label: string | null;
  version: string;
}): Promise<Manifest> {
  const config = parseConfig(backupVariables, options.env);
  const bucket = openBackupBucket(config);
  try {
    return await createBackup({
      // pg_dump needs a session.
      databaseUrl: directDatabaseUrl(config),
      bucket,
      recipients: config.BACKUP_RECIPIENTS,
      label: options.label,
      version: options.version,
      env: options.env,
    });
  } finally {
    bucket.close();
  }
}
