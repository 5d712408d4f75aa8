import type { DropStmt, IndexStmt, Node } from 'libpg-query';
import { checkAlterTable } from './check-alter-table.ts';
import type { KnownObjects } from './known-objects.ts';
import type { Breach } from './rules.ts';

/** Facts about the statement's file and the files before it. */
export interface Surroundings {
  known: KnownObjects;
  /** Tables and indexes that the same file created earlier and that nothing uses yet. */
  fresh: Set<string>;
  /** Constraints (`table.name`) that the same file added. */
  freshConstraints: Set<string>;
  /** Partitioned tables that the file creates with the columns of another, by name: `LIKE` that other. */
  partitionedLike: Map<string, string>;
  /** Number of statements in the file. */
  statements: number;
}

/** The rules that one statement breaks. */
export function checkStatement(node: Node, around: Surroundings): Breach[] {
  if ('AlterTableStmt' in node) return checkAlterTable(node.AlterTableStmt, around);
  if ('IndexStmt' in node) return checkIndex(node.IndexStmt, around);
  if ('DropStmt' in node) return checkDrop(node.DropStmt, around);
  if ('RenameStmt' in node) {
    const { renameType, relation, subname, newname } = node.RenameStmt;
    // The name stays in use: for a partitioned table with the same columns, of which this one becomes a partition.
    const takenOver = around.partitionedLike.get(relation?.relname ?? '');
    if (renameType === 'OBJECT_TABLE' && takenOver !== undefined && takenOver === newname) return [];
    // Releases do not depend on the names of indexes and constraints.
    if (renameType === 'OBJECT_INDEX' || renameType === 'OBJECT_TABCONSTRAINT') return [];
    const name = subname ? `${relation?.relname}.${subname}` : (relation?.relname ?? newname ?? '');
    return [{ rule: 'rename', what: name }];
  }
  if ('AlterObjectSchemaStmt' in node)
    return [{ rule: 'rename', what: node.AlterObjectSchemaStmt.relation?.relname ?? 'SET SCHEMA' }];
  if ('TransactionStmt' in node)
    return [{ rule: 'transaction-control', what: node.TransactionStmt.kind ?? '' }];
  if ('DoStmt' in node) return [{ rule: 'hidden-sql', what: 'DO' }];
  if ('AlterEnumStmt' in node) {
    const { newVal, oldVal } = node.AlterEnumStmt;
    return [{ rule: oldVal ? 'rename' : 'enum-value', what: oldVal ?? newVal ?? '' }];
  }
  return checkRows(node, around) ?? checkLocks(node, around) ?? [];
}

/** TRUNCATE, and UPDATE or DELETE of everything. */
function checkRows(node: Node, { fresh }: Surroundings): Breach[] | null {
  if ('TruncateStmt' in node)
    return (node.TruncateStmt.relations ?? [])
      .flatMap((table) => ('RangeVar' in table ? [table.RangeVar.relname ?? ''] : []))
      .filter((table) => !fresh.has(table))
      .map((table) => ({ rule: 'empty-table', what: table }));
  if ('DeleteStmt' in node && !node.DeleteStmt.whereClause && !node.DeleteStmt.usingClause) {
    const table = node.DeleteStmt.relation?.relname ?? '';
    return fresh.has(table) ? [] : [{ rule: 'empty-table', what: table }];
  }
  if ('UpdateStmt' in node && !node.UpdateStmt.whereClause) {
    const table = node.UpdateStmt.relation?.relname ?? '';
    return fresh.has(table) ? [] : [{ rule: 'whole-table-write', what: table }];
  }
  return null;
}

function checkLocks(node: Node, { fresh }: Surroundings): Breach[] | null {
  if ('CreateStmt' in node && node.CreateStmt.partbound) {
    const parents = (node.CreateStmt.inhRelations ?? []).flatMap((parent) =>
      'RangeVar' in parent ? [parent.RangeVar.relname ?? ''] : [],
    );
    return parents
      .filter((parent) => !fresh.has(parent))
      .map((parent) => ({ rule: 'locks-table', what: parent }));
  }
  if ('LockStmt' in node) return [{ rule: 'locks-table', what: 'LOCK TABLE' }];
  // CLUSTER and VACUUM FULL; a plain VACUUM cannot run in a transaction either.
  if ('VacuumStmt' in node && node.VacuumStmt.is_vacuumcmd)
    return [{ rule: 'rewrites-table', what: 'VACUUM' }];
  if ('ClusterStmt' in node) return [{ rule: 'rewrites-table', what: 'CLUSTER' }];
  if ('RefreshMatViewStmt' in node && !node.RefreshMatViewStmt.concurrent)
    return [{ rule: 'locks-table', what: node.RefreshMatViewStmt.relation?.relname ?? '' }];
  if ('ReindexStmt' in node) {
    const { relation, params = [] } = node.ReindexStmt;
    const concurrent = params.some((param) => 'DefElem' in param && param.DefElem.defname === 'concurrently');
    const name = relation?.relname ?? 'REINDEX';
    return concurrent || fresh.has(name) ? [] : [{ rule: 'index-not-concurrent', what: name }];
  }
  return null;
}

function checkIndex(index: IndexStmt, around: Surroundings): Breach[] {
  const what = index.idxname ?? index.relation?.relname ?? '';
  if (index.concurrent) return around.statements > 1 ? [{ rule: 'concurrently-not-alone', what }] : [];
  return around.fresh.has(index.relation?.relname ?? '') ? [] : [{ rule: 'index-not-concurrent', what }];
}

function checkDrop(drop: DropStmt, around: Surroundings): Breach[] {
  const { known, fresh, statements } = around;
  return (drop.objects ?? []).flatMap((object): Breach[] => {
    const what = lastName(object);
    if (fresh.has(what)) return [];
    if (drop.removeType !== 'OBJECT_INDEX') return [{ rule: 'drop-object', what }];
    const breaches: Breach[] = [];
    if (!drop.concurrent) breaches.push({ rule: 'index-not-concurrent', what });
    else if (statements > 1) breaches.push({ rule: 'concurrently-not-alone', what });
    if (!known.plainIndexes.has(what)) breaches.push({ rule: 'drop-uniqueness', what });
    return breaches;
  });
}

/** The last part of a dropped object's name, in any form that the parser returns. */
function lastName(object: Node): string {
  if ('String' in object) return object.String.sval ?? '';
  if ('List' in object) return lastName(object.List.items?.at(-1) ?? object);
  if ('TypeName' in object) return lastName(object.TypeName.names?.at(-1) ?? object);
  if ('ObjectWithArgs' in object) return lastName(object.ObjectWithArgs.objname?.at(-1) ?? object);
  return '';
}
