import type { StartedProcess } from '@lms/tools/stack/processes';

/** The work that is measured, in the order of the report. */
export const workNames = [
  'lesson',
  'cached lesson',
  '304',
  'list',
  'search',
  'answer',
  'login',
  'refresh',
  'account',
  'health',
] as const;
export type WorkName = (typeof workNames)[number];

export const contenderNames = ['ours', 'nestjs', 'fastify-pg', 'pocketbase', 'bare'] as const;
export type ContenderName = (typeof contenderNames)[number];

/** One request, and what its response must be: a fast error must never count as work done. */
export interface Call {
  method: 'GET' | 'POST';
  path: string;
  headers: Record<string, string>;
  body?: string;
  /** True if the response is what was asked for. */
  check(status: number, body: string): boolean;
}

/** One kind of work of a contender. */
export interface Work {
  /** Base URL of the process that answers. */
  url: string;
  /** The next request; each call returns another one. */
  next(): Call;
  /** Processes whose CPU time counts, with all of their descendants. */
  processes: Partial<Record<CostPart, StartedProcess>>;
  /** Resolves when everything that the requests caused later is done too. */
  settle?(): Promise<void>;
}

/** Whose CPU time a request takes. */
export const costParts = ['server', 'postgres', 'redis', 'worker'] as const;
export type CostPart = (typeof costParts)[number];

/** A process whose start and memory are measured. */
export interface Program {
  /** `api`, `worker` … */
  title: string;
  process: StartedProcess;
  metricsUrl?: string;
}

/** Servers that do the same work as the others, started and filled with the same data. */
export interface Contender {
  name: ContenderName;
  works: Partial<Record<WorkName, Work>>;
  programs: Program[];
}
