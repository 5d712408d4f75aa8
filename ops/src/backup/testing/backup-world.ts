import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inboxPartitions } from '@lms/events';
import { migrateJobs } from '@lms/jobs';
import { createPool, maintainPartitions, migrateDeploy, uuidv7Floor } from '@lms/postgres';
import { migrationFolders } from '@lms/prisma-cli/migration-folders';
import { createLogger } from '@lms/runtime';
import { createTestBucket, createTestDatabase, stackEnv } from '@lms/testing';
import { generateIdentity, identityToRecipient } from 'age-encryption';
import type { Pool } from 'pg';
import { openBackupBucket } from '../bucket.ts';

const log = createLogger({ service: 'test', level: 'silent' });

/**
 * A database with the schemas of all services, partitions with rows, a schema with jobs, and one with unusual objects; a
 * bucket; and a pair of keys.
 */
export async function createBackupWorld() {
  const source = await createTestDatabase('backup');
  const bucket = await createTestBucket('backup');
  for (const { schema, folder } of await migrationFolders())
    await migrateDeploy({ databaseUrl: source.databaseUrl, schema, migrationsDir: folder, log });
  const openPool = (schema: string) =>
    createPool({
      ...{ databaseUrl: source.databaseUrl, schema, poolSize: 1 },
      ...{ connectTimeoutMs: 3_000, applicationName: 'test', log },
    });
  const content = openPool('content');
  await fillPartitions(content);
  await content.end();
  const pool = openPool('media');
  await migrateJobs({ pool, service: 'media', log });
  await pool.query(readFileSync(join(import.meta.dirname, 'odd-schema.sql'), 'utf8'));
  await pool.query(
    `SELECT media_jobs.add_job('sweep', json_build_object('n', n)) FROM generate_series(1, 20) n`,
  );
  await pool.end();
  const identity = await generateIdentity();
  const recipient = await identityToRecipient(identity);
  const env = {
    // pg_dump and pg_restore.
    PATH: stackEnv().path,
    DATABASE_URL: source.databaseUrl,
    R2_ENDPOINT: bucket.endpoint,
    R2_BUCKET: bucket.bucket,
    R2_ACCESS_KEY: bucket.accessKey,
    R2_SECRET_KEY: bucket.secretKey,
    BACKUP_RECIPIENTS: recipient,
  };
  const store = openBackupBucket({ ...env, R2_REGION: 'auto', BACKUP_PREFIX: 'backups/' });
  return {
    source,
    bucket,
    store,
    env,
    identity,
    recipient,
    async close() {
      store.close();
      await Promise.all([source.drop(), bucket.drop()]);
    },
  };
}

const monthMs = 31 * 86_400_000;

/** Puts rows of several times into partitioned tables, referring to each other. */
async function fillPartitions(content: Pool): Promise<void> {
  await maintainPartitions({
    pool: content,
    tables: [
      inboxPartitions,
      {
        ...{ table: 'answers', key: { column: 'id', type: 'uuidv7' }, every: 'month' },
        ...{ ahead: 4, retention: null },
      },
    ],
    log,
  });
  for (const months of [-2, 0, 2, 3, 40]) {
    const id = uuidv7Floor(new Date(Date.now() + months * monthMs));
    await content.query("INSERT INTO inbox (consumer, event_id) VALUES ('content', $1)", [id]);
    await content.query(
      `INSERT INTO answers (id, user_id, course_id, lesson_id, exercise_id, version_id, kind, answer, correct)
       VALUES ($1, $1, $1, $1, $1, $1, 'mcq', '{}', true)`,
      [id],
    );
    await content.query(
      `INSERT INTO submissions (id, answer_id, user_id, course_id, lesson_id, exercise_id, kind)
       VALUES ($1, $1, $1, $1, $1, $1, 'writing')`,
      [id],
    );
  }
}
