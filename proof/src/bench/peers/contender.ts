import type { Program } from './program.ts';
import type { Load } from './run-load.ts';

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

/** `argon2id` is no server: it only compares passwords. */
export const contenderNames = ['ours', 'nestjs', 'fastify-pg', 'pocketbase', 'bare', 'argon2id'] as const;
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

/** Whose CPU time a request takes. */
export const costParts = ['server', 'postgres', 'redis', 'worker'] as const;
export type CostPart = (typeof costParts)[number];

/** One kind of work of a contender. */
export interface Work {
  /** Base URL of the process that answers. */
  url: string;
  /** The next request; each call returns another one. */
  next(): Call;
  /** Processes whose CPU time counts, with all of their descendants. */
  processes: { server: Program } & Partial<Record<CostPart, { readonly pid: number }>>;
  /** Resolves when everything that the requests caused later is done too. */
  settle?(): Promise<void>;
  /** Does the work `amount` times where it is no HTTP request. */
  load?(amount: number): Promise<Load>;
}

/** Servers that do the same work as the others, started and filled with the same data. */
export interface Contender {
  name: ContenderName;
  works: Partial<Record<WorkName, Work>>;
  programs: Program[];
}
