import { median } from '../percentile.ts';
import type { PeersResult } from './bench-peers.ts';
import { type ContenderName, contenderNames, type WorkName, workNames } from './contender.ts';
import type { Sample } from './measure.ts';
import { describeVerdict, judgeRatios, type Ratios, type Verdict } from './ratios.ts';
import { judgeResources } from './resource-targets.ts';

/** Every target for which there is a measurement. */
export function judge(result: PeersResult, ratios: Ratios): Verdict[] {
  return [...judgeRatios(ratios), ...judgeResources(result)];
}

/** The report of a run: costs, starts and memory, then every target with its distance. */
export function renderReport(result: PeersResult, ratios: Ratios): string[] {
  return [
    '',
    'µs of CPU per request, of server, PostgreSQL, Redis and worker (in brackets server + PostgreSQL), medians:',
    ...costTable(result.samples),
    '',
    ...gotrue,
    '',
    ...resourceLines(result),
    ...judge(result, ratios).map(describeVerdict),
  ];
}

/** It cannot be installed from a package registry. Read the ratios, the machine was another one. */
const gotrue = [
  'GoTrue does not run here. Quoted from another machine, µs (and as a share of NestJS there): login 81,772 (2.7),',
  'refresh 10,358 (2.0), account 1,884 (2.0), health 71 (0.16); RSS 33 MiB idle, 42 loaded; ready after 0.1 s.',
];

function costTable(samples: Map<string, Sample[]>): string[] {
  const names = contenderNames.filter((name) => [...samples.keys()].some((key) => key.endsWith(`/${name}`)));
  const cell = (work: WorkName, name: ContenderName) => {
    const list = samples.get(`${work}/${name}`);
    if (!list) return '';
    const of = (pick: (sample: Sample) => number) => Math.round(median(list.map(pick))).toLocaleString('en');
    const brackets =
      list[0]?.cost.postgres === undefined
        ? ''
        : ` (${of(({ cost }) => cost.server ?? 0)} + ${of(({ cost }) => cost.postgres ?? 0)})`;
    return of(({ totalCost }) => totalCost) + brackets;
  };
  const works = workNames.filter((work) => names.some((name) => samples.has(`${work}/${name}`)));
  return table([['', ...names], ...works.map((work) => [work, ...names.map((name) => cell(work, name))])]);
}

function resourceLines({ starts, peaks, others }: PeersResult): string[] {
  const allStarts = [...starts, ...others.starts];
  const rows = [...peaks, ...others.peaks].map(({ program, loadedMiB }) => {
    const start = allStarts.find((sample) => sample.program === program);
    const ready = start ? [start.start.readyMs.toFixed(0), start.start.cpuMs.toFixed(0)] : ['', ''];
    return [program, ...ready, start?.idleMiB.toFixed(0) ?? '', loadedMiB.toFixed(0)];
  });
  if (rows.length === 0) return [];
  return [...table([['', 'ready ms', 'CPU ms', 'RSS idle MiB', 'RSS loaded MiB'], ...rows]), ''];
}

function table(rows: string[][]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((text, column) =>
        column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0),
      )
      .join('  '),
  );
}
