import type { AlterTableCmd, AlterTableStmt, ColumnDef, Constraint, Node } from 'libpg-query';
import type { Surroundings } from './check-statement.ts';
import { onlyWidens, typeOf } from './known-objects.ts';
import type { Breach } from './rules.ts';

/** The rules that an ALTER TABLE breaks. A table created in the same file may be changed freely. */
export function checkAlterTable(statement: AlterTableStmt, around: Surroundings): Breach[] {
  const table = statement.relation?.relname ?? '';
  if (around.fresh.has(table)) return [];
  return (statement.cmds ?? []).flatMap((node) =>
    'AlterTableCmd' in node ? checkCommand(table, node.AlterTableCmd, around) : [],
  );
}

function checkCommand(table: string, command: AlterTableCmd, around: Surroundings): Breach[] {
  const what = command.name ? `${table}.${command.name}` : table;
  const { def } = command;
  switch (command.subtype) {
    case 'AT_DropColumn':
      return [{ rule: 'drop-column', what }];
    case 'AT_AddColumn':
      return def && 'ColumnDef' in def ? checkNewColumn(table, def.ColumnDef) : [];
    case 'AT_AlterColumnType': {
      const to = def && 'ColumnDef' in def ? typeOf(def.ColumnDef) : '';
      return onlyWidens(around.known.columnTypes.get(what), to) ? [] : [{ rule: 'change-type', what }];
    }
    case 'AT_ColumnDefault':
      return def ? [] : [{ rule: 'drop-default', what }];
    case 'AT_SetNotNull':
      return [{ rule: 'set-not-null', what }];
    case 'AT_AddConstraint':
      return def && 'Constraint' in def ? checkConstraint(table, def.Constraint) : [];
    case 'AT_DropConstraint':
      return around.known.limits.has(what) ? [] : [{ rule: 'drop-uniqueness', what }];
    case 'AT_ValidateConstraint':
      return around.freshConstraints.has(what) ? [{ rule: 'validated-in-same-file', what }] : [];
    case 'AT_SetTableSpace':
    case 'AT_SetLogged':
    case 'AT_SetUnLogged':
    case 'AT_SetAccessMethod':
    case 'AT_SetExpression':
      return [{ rule: 'rewrites-table', what }];
    case 'AT_AddIdentity':
    case 'AT_AttachPartition':
      return [{ rule: 'locks-table', what }];
    case 'AT_DetachPartition':
      if (!(def && 'PartitionCmd' in def && def.PartitionCmd.concurrent))
        return [{ rule: 'locks-table', what }];
      return around.statements > 1 ? [{ rule: 'concurrently-not-alone', what }] : [];
    case 'AT_DropIdentity':
    case 'AT_DropExpression':
      return [{ rule: 'drop-default', what }];
    default:
      return [];
  }
}

function checkNewColumn(table: string, column: ColumnDef): Breach[] {
  const what = `${table}.${column.colname}`;
  const constraints = (column.constraints ?? []).flatMap((node) =>
    'Constraint' in node ? [node.Constraint] : [],
  );
  const has = (type: Constraint['contype']) => constraints.some(({ contype }) => contype === type);
  const breaches: Breach[] = [];
  const serial = /^(small|big)?serial[248]?$/.test(typeOf(column));
  const value = constraints.find(({ contype }) => contype === 'CONSTR_DEFAULT')?.raw_expr;
  const filled = serial || (value && !isNull(value)) || has('CONSTR_IDENTITY') || has('CONSTR_GENERATED');
  if (has('CONSTR_NOTNULL') && !filled) breaches.push({ rule: 'required-column', what });
  if (serial || has('CONSTR_IDENTITY') || has('CONSTR_GENERATED') || (value && !isSameForAllRows(value)))
    breaches.push({ rule: 'default-rewrites-table', what });
  if (has('CONSTR_UNIQUE') || has('CONSTR_PRIMARY')) breaches.push({ rule: 'key-without-index', what });
  if (has('CONSTR_CHECK') || has('CONSTR_FOREIGN'))
    breaches.push({ rule: 'constraint-validated-at-once', what });
  return breaches;
}

function checkConstraint(table: string, constraint: Constraint): Breach[] {
  const what = `${table}.${constraint.conname ?? constraint.contype}`;
  switch (constraint.contype) {
    case 'CONSTR_CHECK':
    case 'CONSTR_FOREIGN':
      return constraint.skip_validation ? [] : [{ rule: 'constraint-validated-at-once', what }];
    case 'CONSTR_NOTNULL':
      return [{ rule: 'set-not-null', what }];
    case 'CONSTR_UNIQUE':
    case 'CONSTR_PRIMARY':
      return constraint.indexname ? [] : [{ rule: 'key-without-index', what }];
    case 'CONSTR_EXCLUSION':
      return [{ rule: 'key-without-index', what }];
    default:
      return [];
  }
}

/** Functions that return one value for the whole statement, which PostgreSQL stores once for all rows. */
const stableFunctions = new Set(['now', 'transaction_timestamp', 'statement_timestamp', 'current_setting']);

function isSameForAllRows(value: Node): boolean {
  if ('A_Const' in value || 'SQLValueFunction' in value) return true;
  if ('TypeCast' in value) return value.TypeCast.arg ? isSameForAllRows(value.TypeCast.arg) : false;
  if ('A_ArrayExpr' in value) return (value.A_ArrayExpr.elements ?? []).every(isSameForAllRows);
  if ('FuncCall' in value) {
    const name = value.FuncCall.funcname?.at(-1);
    const stable = name && 'String' in name && stableFunctions.has(name.String.sval ?? '');
    return Boolean(stable) && (value.FuncCall.args ?? []).every(isSameForAllRows);
  }
  return false;
}

function isNull(value: Node): boolean {
  return 'A_Const' in value && value.A_Const.isnull === true;
}
