import type pg from 'pg';

/** A schema as statements, in the order in which they must run around the loading of its rows. */
export interface SchemaDdl {
  /** Types, sequences, tables without constraints, functions, defaults: before the rows. */
  before: string[];
  /** Keys, indexes, CHECK constraints: after the rows, when they are cheap. */
  after: string[];
  /** What needs the keys of other tables, and what would act on rows: foreign keys, views, triggers, policies. */
  last: string[];
}

/** A table's rows: the columns that COPY must name, which are those that are not computed. */
export interface TableColumns {
  schema: string;
  table: string;
  columns: string[];
}

/**
 * Reads what a schema is made of as SQL that makes it again. The session's search path must be empty, so that
 * every name comes out with its schema. Owners and rights are left out: whoever restores owns it all.
 * @throws Error naming what the schema has that this cannot write: partitions, inheritance, foreign tables,
 *   materialised views, aggregates, objects of extensions.
 */
export async function readSchemaDdl(client: pg.Client, schema: string): Promise<SchemaDdl> {
  const read = async (sql: string) =>
    (await client.query<{ sql: string }>({ text: sql, values: [schema] })).rows.map((row) => row.sql);
  const unsupported = await read(queries.unsupported);
  if (unsupported.length > 0)
    throw new Error(`a backup cannot hold ${unsupported.join(', ')}; use pg_dump for this database`);
  const all = async (names: (keyof typeof queries)[]) => {
    const statements: string[] = [];
    for (const name of names) statements.push(...(await read(queries[name])));
    return statements;
  };
  return {
    before: await all([
      ...(['schema', 'enums', 'composites', 'domains', 'sequences', 'tables'] as const),
      ...(['functions', 'defaults', 'sequenceOwners'] as const),
    ]),
    after: await all(['keys', 'checks', 'indexes', 'statistics']),
    last: await all(['foreignKeys', 'views', 'triggers', 'rowSecurity', 'policies', 'comments']),
  };
}

/** The tables of a schema and the columns to copy, by name. */
export async function readTableColumns(client: pg.Client, schema: string): Promise<TableColumns[]> {
  const { rows } = await client.query<{ table: string; columns: string[] }>({
    text: `SELECT c.relname::text AS table, coalesce(array_agg(a.attname::text ORDER BY a.attnum) FILTER (WHERE a.attname IS NOT NULL), '{}') AS columns
      ${fromTables} LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
      GROUP BY c.relname ORDER BY c.relname`,
    values: [schema],
  });
  return rows.map(({ table, columns }) => ({ schema, table, columns }));
}

/** Statements that set the sequences of a schema to where they are; computed when they are read. */
export async function readSequenceValues(client: pg.Client, schema: string): Promise<string[]> {
  const { rows } = await client.query<{ sql: string }>({
    text: `SELECT format('SELECT pg_catalog.setval(%L, %s, %s)', format('%I.%I', schemaname, sequencename),
        coalesce(last_value, start_value), CASE WHEN last_value IS NULL THEN 'false' ELSE 'true' END) AS sql
      FROM pg_sequences WHERE schemaname = $1 ORDER BY sequencename`,
    values: [schema],
  });
  return rows.map(({ sql }) => sql);
}

const inSchema = 'JOIN pg_namespace n ON n.nspname = $1';
const fromTables = `FROM pg_class c ${inSchema} AND n.oid = c.relnamespace AND c.relkind = 'r'`;
const tableName = "format('%I.%I', n.nspname, c.relname)";

/** A sequence's options as CREATE SEQUENCE and identity columns take them; `s` is pg_sequence. */
const sequenceOptions = `format('START WITH %s INCREMENT BY %s MINVALUE %s MAXVALUE %s CACHE %s%s', s.seqstart,
  s.seqincrement, s.seqmin, s.seqmax, s.seqcache, CASE WHEN s.seqcycle THEN ' CYCLE' ELSE '' END)`;

const constraintsOf = (
  kinds: string,
) => `SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', ${tableName}, k.conname,
    pg_get_constraintdef(k.oid)) AS sql
  ${fromTables} JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype IN (${kinds})
  ORDER BY k.contype, c.relname, k.conname`;

/** One column as CREATE TABLE has it: no default, but what belongs to the type of the column. */
const columnText = `format('%I %s%s%s%s', a.attname, format_type(a.atttypid, a.atttypmod),
  CASE WHEN a.attcollation <> 0 AND a.attcollation <> t.typcollation
    THEN ' COLLATE ' || a.attcollation::regcollation ELSE '' END,
  CASE WHEN a.attgenerated = 's' THEN format(' GENERATED ALWAYS AS (%s) STORED', pg_get_expr(d.adbin, d.adrelid))
    WHEN a.attgenerated = 'v' THEN format(' GENERATED ALWAYS AS (%s) VIRTUAL', pg_get_expr(d.adbin, d.adrelid))
    WHEN a.attidentity <> '' THEN format(' GENERATED %s AS IDENTITY (SEQUENCE NAME %s %s)',
      CASE a.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END, s.seqrelid::regclass, ${sequenceOptions})
    ELSE '' END,
  CASE WHEN NOT a.attnotnull THEN '' WHEN nn.conname IS NULL THEN ' NOT NULL'
    ELSE format(' CONSTRAINT %I NOT NULL', nn.conname) END)`;

const queries = {
  unsupported: `
    SELECT format('the %s %I.%I', CASE c.relkind WHEN 'p' THEN 'partitioned table' WHEN 'f' THEN 'foreign table'
      WHEN 'm' THEN 'materialised view' ELSE 'inheriting table' END, n.nspname, c.relname) AS sql
    FROM pg_class c ${inSchema} AND n.oid = c.relnamespace
    WHERE c.relkind IN ('p', 'f', 'm') OR c.relispartition OR EXISTS (SELECT FROM pg_inherits i WHERE i.inhrelid = c.oid)
    UNION ALL SELECT format('the aggregate or window function %I.%I', n.nspname, p.proname)
    FROM pg_proc p ${inSchema} AND n.oid = p.pronamespace WHERE p.prokind IN ('a', 'w')
    UNION ALL SELECT format('the extension %I', e.extname)
    FROM pg_extension e ${inSchema} AND n.oid = e.extnamespace`,
  schema: `SELECT format('CREATE SCHEMA IF NOT EXISTS %I', n.nspname) AS sql FROM pg_namespace n WHERE n.nspname = $1`,
  enums: `SELECT format('CREATE TYPE %I.%I AS ENUM (%s)', n.nspname, t.typname,
      string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)) AS sql
    FROM pg_type t ${inSchema} AND n.oid = t.typnamespace JOIN pg_enum e ON e.enumtypid = t.oid
    GROUP BY n.nspname, t.typname ORDER BY t.typname`,
  composites: `SELECT format('CREATE TYPE %I.%I AS (%s)', n.nspname, c.relname,
      string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' ORDER BY a.attnum)) AS sql
    FROM pg_class c ${inSchema} AND n.oid = c.relnamespace AND c.relkind = 'c'
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    GROUP BY n.nspname, c.relname, c.oid ORDER BY c.oid`,
  domains: `SELECT format('CREATE DOMAIN %I.%I AS %s%s%s%s', n.nspname, t.typname,
      format_type(t.typbasetype, t.typtypmod), CASE WHEN t.typdefault IS NULL THEN '' ELSE ' DEFAULT ' || t.typdefault END,
      CASE WHEN t.typnotnull THEN ' NOT NULL' ELSE '' END,
      (SELECT coalesce(string_agg(format(' CONSTRAINT %I %s', k.conname, pg_get_constraintdef(k.oid)), '' ORDER BY k.conname), '')
        FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c')) AS sql
    FROM pg_type t ${inSchema} AND n.oid = t.typnamespace AND t.typtype = 'd' ORDER BY t.oid`,
  // Those of identity columns come with the column.
  sequences: `SELECT format('CREATE SEQUENCE %s AS %s %s', ${tableName}, s.seqtypid::regtype, ${sequenceOptions}) AS sql
    FROM pg_class c ${inSchema} AND n.oid = c.relnamespace AND c.relkind = 'S' JOIN pg_sequence s ON s.seqrelid = c.oid
    WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'i')
    ORDER BY c.relname`,
  tables: `SELECT format('CREATE %sTABLE %s (%s)%s', CASE c.relpersistence WHEN 'u' THEN 'UNLOGGED ' ELSE '' END, ${tableName},
      coalesce(string_agg(CASE WHEN a.attname IS NULL THEN NULL ELSE ${columnText} END, ', ' ORDER BY a.attnum), ''),
      CASE WHEN c.reloptions IS NULL THEN '' ELSE format(' WITH (%s)', array_to_string(c.reloptions, ', ')) END) AS sql
    ${fromTables} LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    LEFT JOIN pg_constraint nn ON nn.conrelid = c.oid AND nn.contype = 'n' AND nn.conkey = ARRAY[a.attnum]
    LEFT JOIN pg_depend i ON i.refobjid = c.oid AND i.refobjsubid = a.attnum AND i.deptype = 'i'
      AND i.classid = 'pg_class'::regclass AND a.attidentity <> ''
    LEFT JOIN pg_sequence s ON s.seqrelid = i.objid
    GROUP BY n.nspname, c.relname, c.oid, c.relpersistence, c.reloptions ORDER BY c.relname`,
  functions: `SELECT pg_get_functiondef(p.oid) AS sql
    FROM pg_proc p ${inSchema} AND n.oid = p.pronamespace WHERE p.prokind IN ('f', 'p') ORDER BY p.oid`,
  defaults: `SELECT format('ALTER TABLE %s ALTER COLUMN %I SET DEFAULT %s', ${tableName}, a.attname,
      pg_get_expr(d.adbin, d.adrelid)) AS sql
    ${fromTables} JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum ORDER BY c.relname, a.attnum`,
  sequenceOwners: `SELECT format('ALTER SEQUENCE %s OWNED BY %s.%I', d.objid::regclass, ${tableName}, a.attname) AS sql
    ${fromTables} JOIN pg_depend d ON d.refobjid = c.oid AND d.deptype = 'a' AND d.classid = 'pg_class'::regclass
    JOIN pg_class q ON q.oid = d.objid AND q.relkind = 'S'
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid ORDER BY q.relname`,
  keys: constraintsOf("'p', 'u', 'x'"),
  checks: constraintsOf("'c'"),
  indexes: `SELECT pg_get_indexdef(i.indexrelid) AS sql ${fromTables} JOIN pg_index i ON i.indrelid = c.oid
    JOIN pg_class x ON x.oid = i.indexrelid
    WHERE i.indisvalid AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))
    ORDER BY x.relname`,
  statistics: `SELECT pg_get_statisticsobjdef(s.oid) AS sql FROM pg_statistic_ext s ${inSchema} AND n.oid = s.stxnamespace`,
  foreignKeys: constraintsOf("'f'"),
  // Views may stand on views: in the order of their making.
  views: `SELECT format('CREATE VIEW %s%s AS %s', ${tableName},
      CASE WHEN c.reloptions IS NULL THEN '' ELSE format(' WITH (%s)', array_to_string(c.reloptions, ', ')) END,
      rtrim(pg_get_viewdef(c.oid), ';')) AS sql
    FROM pg_class c ${inSchema} AND n.oid = c.relnamespace AND c.relkind = 'v' ORDER BY c.oid`,
  triggers: `SELECT pg_get_triggerdef(t.oid) AS sql ${fromTables} JOIN pg_trigger t ON t.tgrelid = c.oid
    WHERE NOT t.tgisinternal ORDER BY c.relname, t.tgname`,
  rowSecurity: `SELECT format('ALTER TABLE %s %s ROW LEVEL SECURITY', ${tableName}, action) AS sql
    ${fromTables} CROSS JOIN LATERAL (VALUES ('ENABLE', c.relrowsecurity), ('FORCE', c.relforcerowsecurity)) AS v (action, wanted)
    WHERE wanted ORDER BY c.relname`,
  policies: `SELECT format('CREATE POLICY %I ON %I.%I AS %s FOR %s TO %s%s%s', policyname, schemaname, tablename, permissive, cmd,
      array_to_string(roles, ', '), CASE WHEN qual IS NULL THEN '' ELSE format(' USING (%s)', qual) END,
      CASE WHEN with_check IS NULL THEN '' ELSE format(' WITH CHECK (%s)', with_check) END) AS sql
    FROM pg_policies WHERE schemaname = $1 ORDER BY tablename, policyname`,
  comments: `SELECT CASE WHEN d.objsubid = 0
      THEN format('COMMENT ON %s %s IS %L', CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'i' THEN 'INDEX' WHEN 'S' THEN 'SEQUENCE'
        WHEN 'c' THEN 'TYPE' ELSE 'TABLE' END, ${tableName}, d.description)
      ELSE format('COMMENT ON COLUMN %s.%I IS %L', ${tableName}, a.attname, d.description) END AS sql
    FROM pg_description d JOIN pg_class c ON c.oid = d.objoid AND d.classoid = 'pg_class'::regclass
    ${inSchema} AND n.oid = c.relnamespace
    LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.objsubid
    ORDER BY c.relname, d.objsubid`,
};
