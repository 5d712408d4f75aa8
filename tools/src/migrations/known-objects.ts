import type { ColumnDef, Constraint, Node } from 'libpg-query';

/** Objects of earlier migrations that the rules need to know. */
export interface KnownObjects {
  /** Columns' types by `table.column`. */
  columnTypes: Map<string, string>;
  /** Names of indexes that only serve speed. */
  plainIndexes: Set<string>;
  /** CHECK and FOREIGN KEY constraints, by `table.name`: dropping them only allows more values. */
  limits: Set<string>;
}

export const noObjects = (): KnownObjects => ({
  columnTypes: new Map(),
  plainIndexes: new Set(),
  limits: new Set(),
});

/** Adds the objects that a statement creates. */
export function remember(known: KnownObjects, node: Node): void {
  if ('CreateStmt' in node) {
    const table = node.CreateStmt.relation?.relname ?? '';
    for (const element of node.CreateStmt.tableElts ?? []) rememberPart(known, table, element);
  } else if ('AlterTableStmt' in node) {
    const table = node.AlterTableStmt.relation?.relname ?? '';
    for (const command of node.AlterTableStmt.cmds ?? []) {
      if ('AlterTableCmd' in command && command.AlterTableCmd.def)
        rememberPart(known, table, command.AlterTableCmd.def);
    }
  } else if ('IndexStmt' in node && !node.IndexStmt.unique && node.IndexStmt.idxname) {
    known.plainIndexes.add(node.IndexStmt.idxname);
  }
}

function rememberPart(known: KnownObjects, table: string, part: Node): void {
  if ('ColumnDef' in part && part.ColumnDef.colname)
    known.columnTypes.set(`${table}.${part.ColumnDef.colname}`, typeOf(part.ColumnDef));
  if ('Constraint' in part && part.Constraint.conname && isLimit(part.Constraint))
    known.limits.add(`${table}.${part.Constraint.conname}`);
}

function isLimit({ contype }: Constraint): boolean {
  return contype === 'CONSTR_CHECK' || contype === 'CONSTR_FOREIGN';
}

/** A column's type, such as `varchar(20)`, `text` or `int4`. */
export function typeOf({ typeName }: ColumnDef): string {
  const name = (typeName?.names ?? []).map((part) => ('String' in part ? part.String.sval : '')).at(-1) ?? '';
  const sizes = (typeName?.typmods ?? []).flatMap((size) =>
    'A_Const' in size && size.A_Const.ival ? [size.A_Const.ival.ival ?? 0] : [],
  );
  const array = typeName?.arrayBounds ? '[]' : '';
  return `${name}${sizes.length > 0 ? `(${sizes.join(',')})` : ''}${array}`;
}

/** True if every value of one type fits the other without rewriting rows: longer or unlimited text. */
export function onlyWidens(from: string | undefined, to: string): boolean {
  const length = (type: string) =>
    type === 'text' || type === 'varchar'
      ? Number.POSITIVE_INFINITY
      : Number(/^varchar\((\d+)\)$/.exec(type)?.[1]);
  return from !== undefined && length(to) >= length(from);
}
