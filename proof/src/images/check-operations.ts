import type { ComposeProject } from './compose.ts';

const restored = 'restored';

/**
 * Runs the commands of the operations image on the database and the bucket of a stack that is up, with the
 * rights that the chart grants it: a pair of keys, a backup, the list, the verification of every row, and a
 * restore into a new database. Returns the problems.
 */
export async function checkOperations(project: ComposeProject, image: string): Promise<string[]> {
  const postgres = await project.containerOf('postgres');
  const networks = '{{range $name, $network := .NetworkSettings.Networks}}{{$name}} {{end}}';
  const network = (await project.docker(['inspect', '--format', networks, postgres])).trim().split(' ')[0];
  const databaseUrl = (database: string) =>
    `postgresql://lms_user:${project.secrets.POSTGRES_PASSWORD}@postgres:5432/${database}`;
  const bucket = {
    R2_ENDPOINT: 'http://s3:9000',
    R2_REGION: 'auto',
    R2_BUCKET: 'lms-files',
    R2_ACCESS_KEY: 'lms-local',
    R2_SECRET_KEY: project.secrets.S3_SECRET_KEY ?? '',
  };
  const rights = ['--read-only', '--tmpfs', '/tmp:size=64m', '--cap-drop', 'ALL'];
  const limits = ['--security-opt', 'no-new-privileges:true', '--memory', '512m', '--network', network ?? ''];
  const backup = async <T>(args: string[], env: Record<string, string> = {}): Promise<T> => {
    const variables = Object.entries(env).flatMap(([name, value]) => ['--env', `${name}=${value}`]);
    const command = [...rights, ...limits, ...variables, image, 'backup', ...args, '--json'];
    return JSON.parse(await project.docker(['run', '--rm', ...command])) as T;
  };

  const keys = await backup<{ recipient: string; identity: string }>(['keygen']);
  const made = await backup<Manifest>(['create', '--label', 'image'], {
    ...bucket,
    DATABASE_URL: databaseUrl('lms'),
    BACKUP_RECIPIENTS: keys.recipient,
  });
  const names = await backup<string[]>(['list'], bucket);
  const opened = { ...bucket, BACKUP_IDENTITY: keys.identity };
  const { verified } = await backup<{ verified: string }>(['verify', made.name], opened);
  const create = [
    'psql',
    '-q',
    '-h',
    '/var/run/postgresql',
    '-U',
    'lms_user',
    '-d',
    'lms',
    '-c',
    `CREATE DATABASE ${restored}`,
  ];
  await project.docker(['exec', postgres, ...create]);
  const back = await backup<{ tables: number; rows: number }>(['restore', made.name], {
    ...opened,
    RESTORE_DATABASE_URL: databaseUrl(restored),
  });

  const tables = made.schemas.flatMap((schema) => schema.tables);
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const problems: string[] = [];
  const expect = (holds: boolean, problem: string) => void (holds || problems.push(problem));
  expect(rows > 0, 'the backup has no rows');
  expect(names.includes(made.name), `the list lacks the backup ${made.name}: ${names.join(' ')}`);
  expect(verified === 'rows', `the verification covered only the ${verified}, not the rows`);
  expect(
    back.rows === rows && back.tables === tables.length,
    `${back.rows} rows in ${back.tables} tables were restored, not ${rows} in ${tables.length}`,
  );
  return problems;
}

interface Manifest {
  name: string;
  schemas: { tables: { rows: number }[] }[];
}
