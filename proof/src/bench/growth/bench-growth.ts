import { type ExplainedCall, explainStores, findUnusedIndexes, prepareData } from './explain-stores.ts';
import type { Scale } from './fill-database.ts';

/**
 * `npm run bench -- growth`: the plan and the buffers of every statement of the stores, on the data of a platform in
 * use. @returns the number of calls with a fault.
 */
export async function benchGrowth(options: {
  databaseUrl: string;
  scale: Scale;
  only?: string;
  print: (line: string) => void;
}): Promise<number> {
  const { databaseUrl, print, scale } = options;
  await prepareData(databaseUrl, { scale, note: print });
  const { calls, uncalled } = await explainStores(databaseUrl, options.only ? { only: options.only } : {});
  print(`${'buffers'.padStart(9)} ${'rows'.padStart(7)} ${'ms'.padStart(9)}  statement`);
  for (const each of calls) for (const line of linesOf(each)) print(line);
  const faulty = calls.filter(isFaulty);
  print(
    `${calls.length} calls, ${calls.flatMap(({ statements }) => statements).length} statements, ${faulty.length} calls with a fault`,
  );
  if (!options.only)
    for (const name of await findUnusedIndexes(databaseUrl, calls)) print(`in no plan: ${name}`);
  for (const name of uncalled) print(`not called: ${name}`);
  return faulty.length + uncalled.length;
}

/** True if a statement of the call breaks a rule that it may not break. */
export function isFaulty({ allowed, statements }: ExplainedCall): boolean {
  return !allowed && statements.some(({ faults }) => faults.length > 0);
}

function* linesOf({ name, allowed, statements }: ExplainedCall): Generator<string> {
  for (const { text, facts, faults } of statements) {
    const figures = `${String(facts.buffers).padStart(9)} ${String(facts.rows).padStart(7)} ${facts.executionMs.toFixed(1).padStart(9)}`;
    yield `${figures}  ${name}`;
    if (faults.length === 0) continue;
    yield `${' '.repeat(29)}${allowed ? `allowed (${allowed})` : 'FAULT'}: ${faults.join('; ')}`;
    yield `${' '.repeat(29)}${text.slice(0, 200)}`;
  }
}
