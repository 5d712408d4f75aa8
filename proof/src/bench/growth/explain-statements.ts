import pg from 'pg';
import { type Plan, type PlanFacts, planFacts } from './plan-facts.ts';

/** A statement that a store function ran, and its plan on the data at hand. */
export interface Explained {
  text: string;
  facts: PlanFacts;
}

/** Number of executions after which PostgreSQL may use a plan that does not depend on the values. */
const customPlans = 5;
const explainable = /^\s*(?:WITH|SELECT|INSERT|UPDATE|DELETE)\b/i;

interface Statement {
  text: string;
  values?: unknown[];
}

/**
 * A class for `new pg.Pool({ Client })` whose connections explain each statement before they run it and hand the
 * result to `onExplained`. The statement is prepared and has been planned five times, so the plan is the one that a
 * long-lived connection uses. Works inside transactions only, because what the explained statement changes is undone.
 */
export function explainingClient(onExplained: (explained: Explained) => void): typeof pg.Client {
  class ExplainingClient extends pg.Client {
    // biome-ignore lint/suspicious/noExplicitAny: the overloads of pg
    override query(...args: any[]): any {
      const statement: Statement =
        typeof args[0] === 'string' ? { text: args[0], values: args[1] } : (args[0] ?? {});
      const plain = (...query: unknown[]) => super.query.apply(this, query as never) as unknown;
      const withCallback = typeof args.at(-1) === 'function';
      if (withCallback || !explainable.test(statement.text ?? '')) return plain(...args);
      return (async () => {
        const plan = await explain(plain as never, statement);
        if (plan) onExplained({ text: statement.text.replace(/\s+/g, ' ').trim(), facts: planFacts(plan) });
        return plain(...args);
      })();
    }
  }
  return ExplainingClient as typeof pg.Client;
}

/** Names are not used twice: a connection may still have the statement of a call that failed. */
let prepared = 0;

async function explain(
  query: (text: string) => Promise<{ rows: { 'QUERY PLAN': [Plan] }[] }>,
  { text, values = [] }: Statement,
): Promise<Plan | undefined> {
  prepared += 1;
  const name = `explained_${prepared}`;
  const execute = `EXECUTE ${name}${values.length > 0 ? `(${values.map(literalOf).join(', ')})` : ''}`;
  await query('SAVEPOINT explained');
  try {
    await query(`PREPARE ${name} AS ${text}`);
    for (let time = 0; time < customPlans; time += 1) await query(`EXPLAIN ${execute}`);
    const analyze = () => query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${execute}`);
    // The first time, functions and triggers are compiled, which reads the catalogue.
    await analyze();
    await query('ROLLBACK TO SAVEPOINT explained');
    const { rows } = await analyze();
    return rows[0]?.['QUERY PLAN'][0];
  } finally {
    // Also when the statement failed, so that the caller sees that failure and not one of these.
    await query('ROLLBACK TO SAVEPOINT explained');
  }
}

/** A value as the driver would send it, as a literal without a type. */
function literalOf(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  return pg.escapeLiteral(textOf(value));
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return `{${value.map(elementOf).join(',')}}`;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return `\\x${Buffer.from(value).toString('hex')}`;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function elementOf(value: unknown): string {
  if (value === null || value === undefined) return 'NULL';
  return Array.isArray(value) ? textOf(value) : `"${textOf(value).replace(/[\\"]/g, '\\$&')}"`;
}
