import type pg from 'pg';

/** Describes a schema as sorted lines of text; two schemas with the same lines are the same. */
export async function describeSchema(client: pg.Client | pg.Pool, schema: string): Promise<string[]> {
  const lines: string[] = [];
  for (const [kind, sql] of Object.entries(queries)) {
    const { rows } = await client.query<{ line: string }>({ text: sql, values: [schema] });
    for (const { line } of rows) lines.push(`${kind} ${line}`);
  }
  return lines.sort();
}

const inSchema = 'JOIN pg_namespace n ON n.nspname = $1';

/** One query per kind of object. Columns are numbered by their order, not by `attnum`, which has gaps. */
const queries = {
  relation: `SELECT format('%s %s persistence=%s options=%s rls=%s parts=%s part=%s parents=%s', c.relkind, c.relname,
      c.relpersistence, c.reloptions, c.relrowsecurity, pg_get_partkeydef(c.oid), pg_get_expr(c.relpartbound, c.oid),
      (SELECT array_agg(i.inhparent::regclass ORDER BY i.inhseqno) FROM pg_inherits i WHERE i.inhrelid = c.oid)) AS line
    FROM pg_class c ${inSchema} AND n.oid = c.relnamespace WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')`,
  column: `SELECT format('%s.%s #%s %s notnull=%s default=%s identity=%s generated=%s collation=%s', c.relname, a.attname,
      row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum), format_type(a.atttypid, a.atttypmod),
      a.attnotnull, pg_get_expr(d.adbin, d.adrelid), a.attidentity, a.attgenerated, a.attcollation::regcollation) AS line
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid ${inSchema} AND n.oid = c.relnamespace
    LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
    WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'c')`,
  // PostgreSQL numbers the foreign keys that partitions inherit, in the order in which they were attached.
  constraint: `SELECT format('%s.%s %s validated=%s', coalesce(c.relname, t.typname),
      CASE WHEN k.contype = 'f' AND k.conparentid <> 0 THEN '(inherited)' ELSE k.conname END,
      pg_get_constraintdef(k.oid), k.convalidated) AS line
    FROM pg_constraint k ${inSchema} AND n.oid = k.connamespace
    LEFT JOIN pg_class c ON c.oid = k.conrelid LEFT JOIN pg_type t ON t.oid = k.contypid`,
  index: `SELECT format('%s valid=%s', pg_get_indexdef(i.indexrelid), i.indisvalid) AS line
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid ${inSchema} AND n.oid = c.relnamespace`,
  sequence: `SELECT format('%s %s start=%s by=%s min=%s max=%s cycle=%s owner=%s', s.sequencename, s.data_type,
      s.start_value, s.increment_by, s.min_value, s.max_value, s.cycle,
      (SELECT format('%s.%s', d.refobjid::regclass, a.attname) FROM pg_depend d
        JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
        WHERE d.objid = format('%I.%I', s.schemaname, s.sequencename)::regclass AND d.deptype IN ('a', 'i'))) AS line
    FROM pg_sequences s WHERE s.schemaname = $1`,
  enum: `SELECT format('%s %s', t.typname, array_agg(e.enumlabel ORDER BY e.enumsortorder)) AS line
    FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid ${inSchema} AND n.oid = t.typnamespace GROUP BY t.typname`,
  domain: `SELECT format('%s %s notnull=%s default=%s', t.typname, format_type(t.typbasetype, t.typtypmod),
      t.typnotnull, t.typdefault) AS line
    FROM pg_type t ${inSchema} AND n.oid = t.typnamespace WHERE t.typtype = 'd'`,
  function: `SELECT pg_get_functiondef(p.oid) AS line
    FROM pg_proc p ${inSchema} AND n.oid = p.pronamespace WHERE p.prokind IN ('f', 'p')`,
  aggregate: `SELECT format('%s into %s by %s', p.oid::regprocedure, p.prorettype::regtype, a.aggtransfn) AS line
    FROM pg_aggregate a JOIN pg_proc p ON p.oid = a.aggfnoid ${inSchema} AND n.oid = p.pronamespace`,
  trigger: `SELECT format('%s enabled=%s', pg_get_triggerdef(t.oid), t.tgenabled) AS line
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid ${inSchema} AND n.oid = c.relnamespace
    WHERE NOT t.tgisinternal`,
  view: `SELECT format('%s %s', c.relname, pg_get_viewdef(c.oid)) AS line
    FROM pg_class c ${inSchema} AND n.oid = c.relnamespace WHERE c.relkind IN ('v', 'm')`,
  policy: `SELECT format('%s.%s %s', p.tablename, p.policyname, row(p.permissive, p.roles, p.cmd, p.qual, p.with_check)) AS line
    FROM pg_policies p WHERE p.schemaname = $1`,
  comment: `SELECT format('%s %s %s', d.objoid::regclass, d.objsubid, d.description) AS line
    FROM pg_description d JOIN pg_class c ON c.oid = d.objoid AND d.classoid = 'pg_class'::regclass
    ${inSchema} AND n.oid = c.relnamespace`,
  statistics: `SELECT pg_get_statisticsobjdef(s.oid) AS line
    FROM pg_statistic_ext s ${inSchema} AND n.oid = s.stxnamespace`,
};
