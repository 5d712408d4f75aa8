/** What EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) says of one node, as far as it is read here. */
export interface PlanNode {
  'Node Type': string;
  'Parent Relationship'?: string;
  'Relation Name'?: string;
  'Index Name'?: string;
  'Actual Rows'?: number;
  'Actual Loops'?: number;
  'Rows Removed by Filter'?: number;
  'Shared Hit Blocks'?: number;
  'Shared Read Blocks'?: number;
  Plans?: PlanNode[];
}

export interface Plan {
  Plan: PlanNode;
  'Execution Time'?: number;
}

export interface PlanFacts {
  /** Rows answered or changed. */
  rows: number;
  /** Rows inserted, updated or deleted, by this statement alone: those that a foreign key deletes are not known. */
  changed: number;
  /** 8 KB pages that were looked at, in memory or on disk. */
  buffers: number;
  /** Tables that were read from end to end, and the rows seen. */
  seqScans: { table: string; rows: number }[];
  indexes: string[];
  executionMs: number;
}

export function planFacts({ Plan: root, 'Execution Time': executionMs = 0 }: Plan): PlanFacts {
  const nodes = [...walk(root)];
  const changes = nodes
    .filter((node) => node['Node Type'] === 'ModifyTable')
    .flatMap(({ Plans = [] }) => Plans.filter((child) => child['Parent Relationship'] === 'Outer'));
  const changed = changes.map(rowsOf).reduce((sum, rows) => sum + rows, 0);
  return {
    rows: Math.max(rowsOf(root), changed),
    changed,
    buffers: (root['Shared Hit Blocks'] ?? 0) + (root['Shared Read Blocks'] ?? 0),
    seqScans: nodes
      .filter((node) => node['Node Type'] === 'Seq Scan' && (node['Actual Loops'] ?? 0) > 0)
      .map((node) => ({
        table: node['Relation Name'] ?? '',
        rows: rowsOf(node) + (node['Rows Removed by Filter'] ?? 0) * (node['Actual Loops'] ?? 1),
      })),
    indexes: [...new Set(nodes.flatMap((node) => node['Index Name'] ?? []))],
    executionMs,
  };
}

function* walk(node: PlanNode): Generator<PlanNode> {
  yield node;
  for (const child of node.Plans ?? []) yield* walk(child);
}

const rowsOf = (node: PlanNode) => Math.round((node['Actual Rows'] ?? 0) * (node['Actual Loops'] ?? 1));

/** Buffers that any statement may use: enough for a few descents into indexes. */
const buffersAllowed = 200;
/** And for each row that it answers, with its joins. */
const buffersPerRow = 12;
/** And for each row that it changes, with its indexes. */
const buffersPerChange = 24;
/** Rows that one statement may change, so that no lock is held and no transaction runs for long. */
const changesAllowed = 1_000;

/**
 * What is wrong with a plan: a big table is read from end to end, or far more pages are looked at than the answer
 * needs, or more rows are changed than one statement should. Empty if nothing is.
 */
export function faultsOf(
  { rows, changed, buffers, seqScans }: PlanFacts,
  { bigTables }: { bigTables: ReadonlySet<string> },
): string[] {
  const faults = seqScans
    .filter(({ table }) => bigTables.has(table))
    .map((scan) => `sequential scan of ${scan.table} (${scan.rows} rows)`);
  const allowed =
    buffersAllowed + (rows > 1 ? rows * buffersPerRow : 0) + changed * (buffersPerChange - buffersPerRow);
  if (buffers > allowed) faults.push(`${buffers} buffers for ${rows} rows; ${allowed} are allowed`);
  if (changed > changesAllowed) faults.push(`changes ${changed} rows; ${changesAllowed} are allowed`);
  return faults;
}
