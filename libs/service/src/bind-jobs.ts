import type { JobHandler } from '@lms/jobs';
import type { Jobs } from './declaration.ts';

/** The jobs of a service as handlers of the job runner, with `deps` as their dependencies. */
export function bindJobs<D>(jobs: Jobs<D>, deps: D): Record<string, JobHandler<never>> {
  return Object.fromEntries(
    Object.entries(jobs).map(([name, job]): [string, JobHandler<never>] => [
      name,
      (payload, context) => job(payload, deps, context),
    ]),
  );
}
