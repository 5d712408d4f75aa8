import { type Check, failed, messageOf, type Outcome, type PreflightContext } from './check.ts';
import { databaseCheck } from './checks/database.ts';
import { environmentCheck } from './checks/environment.ts';
import { healthCheck } from './checks/health.ts';
import { httpsCheck } from './checks/https.ts';
import { kafkaCheck } from './checks/kafka.ts';
import { migrationsCheck } from './checks/migrations.ts';
import { objectStoreCheck } from './checks/object-store.ts';
import { redisCheck } from './checks/redis.ts';
import { secretsInLogsCheck } from './checks/secrets-in-logs.ts';

/** The checks of the deployment checklist, in order. */
export const checks: readonly Check[] = [
  environmentCheck,
  databaseCheck,
  migrationsCheck,
  redisCheck,
  kafkaCheck,
  objectStoreCheck,
  healthCheck,
  secretsInLogsCheck,
  httpsCheck,
];

export type CheckResult = { name: string; durationMs: number } & Outcome;

/**
 * Runs the checks in sequence, each for at most `timeoutMs`, and continues after a failure, so that one run reports
 * every problem.
 * @param report receives each result as it arrives.
 */
export async function runPreflight(
  context: PreflightContext,
  {
    timeoutMs = 20_000,
    only = checks,
    report = () => undefined,
  }: { timeoutMs?: number; only?: readonly Check[]; report?: (result: CheckResult) => void } = {},
): Promise<{ ok: boolean; checks: CheckResult[] }> {
  const results: CheckResult[] = [];
  for (const check of only) {
    const started = performance.now();
    const outcome = await runCheck(check, context, timeoutMs);
    const result = { name: check.name, durationMs: Math.round(performance.now() - started), ...outcome };
    results.push(result);
    report(result);
  }
  return { ok: results.every(({ status }) => status !== 'failed'), checks: results };
}

async function runCheck(check: Check, context: PreflightContext, timeoutMs: number): Promise<Outcome> {
  const signal = AbortSignal.timeout(timeoutMs);
  const timeout = new Promise<Outcome>((resolve) => {
    signal.addEventListener(
      'abort',
      () => resolve(failed(`no answer within ${timeoutMs / 1000} s`, 'check the address and the network')),
      { once: true },
    );
  });
  try {
    return await Promise.race([check.run(context, signal), timeout]);
  } catch (error) {
    return failed(messageOf(error), 'the check did not expect this failure; see the message');
  }
}
