import { directDatabaseUrl } from '@lms/config';
import { type MigrationStatus, migrationStatus } from '@lms/postgres';
import { type Check, failed, messageOf, ok, skipped } from '../check.ts';

/** The database is reachable and has at least every migration of this build. */
export const migrationsCheck: Check = {
  name: 'migrations',
  async run({ env, migrations }) {
    const { DATABASE_URL, DATABASE_DIRECT_URL } = env;
    if (!DATABASE_URL) return failed('DATABASE_URL is not set', 'set it; see .env.example');
    const databaseUrl = directDatabaseUrl({ DATABASE_URL, DATABASE_DIRECT_URL });
    if (migrations.length === 0) return skipped('this build has no migrations');
    const states: { service: string; status: MigrationStatus }[] = [];
    for (const { service, migrationsDir } of migrations) {
      try {
        states.push({
          service,
          status: await migrationStatus({ databaseUrl, schema: service, migrationsDir }),
        });
      } catch (error) {
        return failed(
          `PostgreSQL: ${messageOf(error)}`,
          'check DATABASE_URL, that the server is running, and that the network lets this machine reach it',
        );
      }
    }
    const broken = states.flatMap(({ service, status }) => status.failed.map((name) => `${service}/${name}`));
    if (broken.length > 0)
      return failed(
        `running now or failed: ${broken.join(', ')}`,
        'wait for the migration; if it failed, see docs/runbooks/rollback.md, "A migration failed"',
      );
    const behind = states.filter(({ status }) => status.pending.length > 0);
    if (behind.length > 0)
      return failed(
        `not applied: ${behind.map(({ service, status }) => `${service} ${status.pending.join(', ')}`).join('; ')}`,
        `run \`main.js migrate\` of ${behind.map(({ service }) => service).join(', ')} (the chart's migration Job does)`,
      );
    const applied = states.reduce((sum, { status }) => sum + status.applied.length, 0);
    const ahead = states.reduce((sum, { status }) => sum + status.ahead.length, 0);
    return ok(
      `${applied} applied in ${states.length} schemas${ahead > 0 ? `, ${ahead} newer than this build` : ''}`,
    );
  },
};
