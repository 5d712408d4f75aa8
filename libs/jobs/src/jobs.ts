import { type BackgroundTask, Counter, Histogram, type Logger, type Metrics } from '@lms/runtime';
import type { LogFunctionFactory } from 'graphile-worker';
import type { Pool } from 'pg';
import { superviseRunner } from './supervise-runner.ts';

/** The part of a Prisma transaction that jobs need. */
export interface SqlTransaction {
  $executeRawUnsafe(sql: string, ...values: unknown[]): Promise<number>;
}

export interface JobContext {
  log: Logger;
  /** 1 for the first attempt. */
  attempt: number;
  /** True if a failure of this attempt is final: record it where the user can see it. */
  isLastAttempt: boolean;
  /** Aborted when the process stops; another process then retries the job. */
  signal: AbortSignal;
}

/** A job's code. It runs at least once, so it must be safe to repeat. If it throws, it is retried later. */
export type JobHandler<P = unknown> = (payload: P, context: JobContext) => Promise<void>;

export interface NewJob {
  name: string;
  /** JSON; use ids, because jobs must not contain personal data. */
  payload: object;
  /** Maximum number of attempts, 8 by default; waits grow as e^attempt seconds, about 50 minutes in all. */
  maxAttempts?: number;
  /** At most one job with this key waits; a later one replaces it. */
  jobKey?: string;
  runAt?: Date;
}

/** PostgreSQL schema of a service's jobs. */
export const jobsSchemaOf = (service: string) => `${service}_jobs`;

/**
 * Enqueues a job inside the caller's transaction: the job exists exactly when the transaction commits.
 */
export async function enqueueJob(tx: SqlTransaction, service: string, job: NewJob): Promise<void> {
  await tx.$executeRawUnsafe(
    `SELECT 1 FROM ${jobsSchemaOf(service)}.add_job(
       identifier => $1::text, payload => $2::json, max_attempts => $3::int,
       job_key => $4::text, run_at => coalesce($5::timestamptz, now()))`,
    job.name,
    JSON.stringify(job.payload),
    job.maxAttempts ?? 8,
    job.jobKey ?? null,
    job.runAt?.toISOString() ?? null,
  );
}

/** Creates or updates the tables of a service's jobs. It may run repeatedly, and while older processes run. */
export async function migrateJobs(options: { pool: Pool; service: string; log: Logger }): Promise<void> {
  const { runMigrations, Logger } = await import('graphile-worker');
  await runMigrations({
    pgPool: options.pool,
    schema: jobsSchemaOf(options.service),
    logger: new Logger(logTo(options.log)),
  });
}

/**
 * Runs a service's jobs. LISTEN wakes it, and it polls every 2 s as a fallback. `stop()` starts no new job and waits
 * for running ones; a job that does not end within 8 s is released, and another process retries it. A runner that
 * ended because its database failed is restarted until it works.
 */
export function createJobRunner(options: {
  pool: Pool;
  service: string;
  handlers: Record<string, JobHandler<never>>;
  /** Cron entries (UTC) as `minute hour day month weekday`, by job name. */
  schedules?: Record<string, string>;
  concurrency?: number;
  log: Logger;
  metrics: Metrics;
}): BackgroundTask {
  const { log } = options;
  const duration = new Histogram({
    name: 'job_duration_seconds',
    help: 'Duration of a job',
    labelNames: ['job', 'outcome'],
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 120],
    registers: [options.metrics.registry],
  });
  const gaveUp = new Counter({
    name: 'jobs_given_up_total',
    help: 'Jobs that failed on their last attempt',
    labelNames: ['job'],
    registers: [options.metrics.registry],
  });
  const restarts = new Counter({
    name: 'job_runner_restarts_total',
    help: 'Number of times the job runner failed and was restarted',
    registers: [options.metrics.registry],
  });

  const taskOf =
    (name: string, handler: JobHandler<never>) => async (payload: unknown, helpers: TaskHelpers) => {
      const { attempts, max_attempts: maxAttempts, id } = helpers.job;
      const end = duration.startTimer({ job: name });
      const isLastAttempt = attempts >= maxAttempts;
      try {
        const jobLog = log.child({ job: name, jobId: id, attempt: attempts });
        const signal = helpers.abortSignal ?? new AbortController().signal;
        await handler(payload as never, { log: jobLog, attempt: attempts, isLastAttempt, signal });
        end({ outcome: 'done' });
      } catch (err) {
        end({ outcome: 'failed' });
        if (isLastAttempt) gaveUp.inc({ job: name });
        log[isLastAttempt ? 'error' : 'warn']({ err, job: name, jobId: id, attempt: attempts }, 'job failed');
        // The worker stores the message of the thrown error; ours may quote data from a row.
        throw new Error(err instanceof Error ? err.name : 'Error');
      }
    };

  // Loaded here, because a process that serves only HTTP enqueues jobs and runs none.
  const startRunner = async () => {
    const { parseCronItems, run, Logger } = await import('graphile-worker');
    return run({
      pgPool: options.pool,
      schema: jobsSchemaOf(options.service),
      taskList: Object.fromEntries(
        Object.entries(options.handlers).map(([name, handler]) => [name, taskOf(name, handler)]),
      ),
      parsedCronItems: parseCronItems(
        Object.entries(options.schedules ?? {}).map(([task, match]) => ({
          task,
          match,
          options: { maxAttempts: 3 },
        })),
      ),
      concurrency: options.concurrency ?? 4,
      pollInterval: 2_000,
      noHandleSignals: true,
      // Records results as a batch, without delay: otherwise a result that cannot be recorded becomes an unhandled
      // rejection, which ends the process (graphile-worker 0.18).
      preset: { worker: { completeJobBatchDelay: 0, failJobBatchDelay: 0 } },
      noPreparedStatements: false,
      logger: new Logger(logTo(log)),
    });
  };

  return superviseRunner({ start: startRunner, log, onRestart: () => restarts.inc() });
}

interface TaskHelpers {
  job: { id: string; attempts: number; max_attempts: number };
  abortSignal?: AbortSignal | undefined;
}

/** Only the worker's warnings and errors, because each job is logged above. */
function logTo(log: Logger): LogFunctionFactory {
  return () => (level, message) => {
    if (level === 'error') log.error({}, `jobs: ${message}`);
    // The runner's pool may be smaller than the number of jobs: a job does not hold one of its connections.
    else if (level === 'warning' && !message.includes('having maxPoolSize')) log.warn({}, `jobs: ${message}`);
    else log.debug({}, `jobs: ${message}`);
  };
}
