import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkStatement, type Surroundings } from './check-statement.ts';
import { type KnownObjects, noObjects, remember } from './known-objects.ts';
import { readMarkers } from './markers.ts';
import { parseStatements, type Statement } from './parse-statements.ts';
import { type RuleName, rules } from './rules.ts';
import { schemasNamed } from './schemas-named.ts';

export interface MigrationSource {
  name: string;
  sql: string;
  /** Text of `down.sql`; null if the file does not exist. */
  down: string | null;
}

export interface Finding {
  migration: string;
  line: number;
  rule: RuleName;
  message: string;
}

/**
 * Checks a service's migrations, oldest first, for statements that would break or block the previous release while
 * both run. Findings in migrations that were already applied are reported too.
 * @param options.schema The service's own PostgreSQL schema.
 * @param options.version The version of the product, for `-- contract:` markers that name a release.
 */
export async function lintMigrations(
  migrations: MigrationSource[],
  options: { schema: string; version: string },
): Promise<Finding[]> {
  const known = noObjects();
  const findings: Finding[] = [];
  for (const [index, migration] of migrations.entries()) {
    const earlier = migrations.slice(0, index).map(({ name }) => name);
    findings.push(...(await lintMigration(migration, { ...options, earlier, known })));
  }
  return findings;
}

async function lintMigration(
  { name, sql, down }: MigrationSource,
  context: { schema: string; version: string; earlier: string[]; known: KnownObjects },
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const report = (rule: RuleName, what: string, line = 1) =>
    findings.push({ migration: name, line, rule, message: `${what}: ${rules[rule].advice}` });

  if (!/^\d{14}_[a-z0-9]+(_[a-z0-9]+)*$/.test(name)) report('bad-name', name);
  const back = down === null ? [] : await parseStatements(down).catch(() => []);
  if (back.length === 0) report('no-way-down', 'down.sql');
  let statements: Statement[];
  try {
    statements = await parseStatements(sql);
  } catch (error) {
    report('not-sql', (error as Error).message);
    return findings;
  }

  const around: Surroundings = {
    known: context.known,
    fresh: new Set(),
    freshConstraints: new Set(),
    partitionedLike: new Map(statements.flatMap(({ node }) => partitionedLike(node))),
    statements: statements.length,
  };
  for (const { node, comments, line } of statements) {
    const markers = readMarkers(comments, context);
    if (markers.problem) report('marker-unclear', markers.problem, line);
    for (const schema of schemasNamed(node)) {
      if (schema !== context.schema && schema !== 'pg_catalog') report('other-schema', schema, line);
    }
    for (const { rule, what } of checkStatement(node, around)) {
      const { allowedBy } = rules[rule];
      if (allowedBy === 'never' || !markers[allowedBy]) report(rule, what, line);
    }
    noteFresh(around, node);
    remember(context.known, node);
  }
  return findings;
}

/** The name of a partitioned table that the statement creates, and of the table whose columns it copies. */
function partitionedLike(node: Statement['node']): [string, string][] {
  if (!('CreateStmt' in node) || !node.CreateStmt.partspec) return [];
  const table = node.CreateStmt.relation?.relname ?? '';
  return (node.CreateStmt.tableElts ?? []).flatMap((part): [string, string][] =>
    'TableLikeClause' in part ? [[table, part.TableLikeClause.relation?.relname ?? '']] : [],
  );
}

/** Records the objects that the file itself created, which nothing can be using yet. */
function noteFresh({ fresh, freshConstraints }: Surroundings, node: Statement['node']): void {
  if ('CreateStmt' in node && !node.CreateStmt.if_not_exists)
    fresh.add(node.CreateStmt.relation?.relname ?? '');
  if ('CreateTableAsStmt' in node) fresh.add(node.CreateTableAsStmt.into?.rel?.relname ?? '');
  if ('IndexStmt' in node && node.IndexStmt.idxname) fresh.add(node.IndexStmt.idxname);
  if ('AlterTableStmt' in node) {
    for (const command of node.AlterTableStmt.cmds ?? []) {
      const def = 'AlterTableCmd' in command ? command.AlterTableCmd.def : undefined;
      if (def && 'Constraint' in def && def.Constraint.conname)
        freshConstraints.add(`${node.AlterTableStmt.relation?.relname}.${def.Constraint.conname}`);
    }
  }
}

/** Reads a folder of `<name>/{migration,down}.sql`, oldest first; empty if the folder does not exist. */
export async function readMigrationSources(folder: string): Promise<MigrationSource[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  return Promise.all(
    names.sort().map(async (name) => ({
      name,
      sql: await readFile(join(folder, name, 'migration.sql'), 'utf8'),
      down: await readFile(join(folder, name, 'down.sql'), 'utf8').catch(() => null),
    })),
  );
}
