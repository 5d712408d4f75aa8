import type { ChaosResult } from './run-chaos.ts';

/** True if no event was lost, handled twice, handled out of order or given up. */
export function promiseKept(result: ChaosResult): boolean {
  return result.lost + result.twice + result.outOfOrder + result.deadLetters === 0;
}

/** Readable summary of a run; the last lines are the verdict. */
export function summaryOf(result: ChaosResult): string[] {
  const lines: [string, string | number][] = [
    ['seed', result.seed],
    ['writes committed', result.writes],
    ['faults', result.faults],
    ['  of them kills (SIGKILL)', result.kills],
    ['drained after', `${result.drainSeconds.toFixed(1)} s`],
    ['events published again', result.publishedAgain],
    ['duplicates seen', result.duplicatesSeen],
    ['dead letters', result.deadLetters],
    ['out of order', result.outOfOrder],
    ['duplicates handled', result.twice],
    ['lost', result.lost],
  ];
  const table = lines.map(([name, value]) => `${name.padEnd(28)} ${value}`);
  const checks = result.checks.map(
    ({ consumer, effects, lost, twice, unfounded, outOfOrder }) =>
      `  ${consumer.padEnd(26)} ${effects} effects, ${lost} lost, ${twice} twice, ${unfounded} unfounded, ${outOfOrder} out of order`,
  );
  const faults = [...result.faultNames]
    .sort()
    .map(([name, count]) => `  ${String(count).padStart(3)} × ${name}`);
  return ['faults:', ...faults, 'effects:', ...checks, '', ...table];
}
