import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stopCluster } from '../cluster/cluster.ts';
import { startDrillCluster } from '../drill/drill-cluster.ts';
import { runRollbackDrill } from '../drill/rollback-drill.ts';
import { createProgress } from '../stack/progress.ts';

/**
 * `npm run drill:rollback [-- --keep] [--short]`: installs, upgrades and rolls back the product under load on a
 * Kubernetes of our own on this machine (Linux, root); see docs/runbooks/rollback.md. The report is in
 * `.lms/drill-rollback.json`; exit code 1 when anything did not hold. `--keep` leaves the cluster running;
 * `--short` leaves the broken releases out.
 */
const repo = join(import.meta.dirname, '../../..');
const state = process.env.LMS_HOME || join(repo, '.lms');
const home = join(state, 'cluster');
mkdirSync(home, { recursive: true });
const progress = createProgress();
let code = 1;
try {
  const report = await runRollbackDrill(await startDrillCluster(home, progress), progress, {
    short: process.argv.includes('--short'),
  });
  writeFileSync(join(state, 'drill-rollback.json'), `${JSON.stringify(report, null, 2)}\n`);
  for (const { at, call, problem } of report.failures.slice(0, 20))
    console.log(`✗ ${at} ${call}: ${problem}`);
  for (const what of report.notTested) console.log(`! NOT TESTED: ${what}`);
  const broken = report.expectations.filter(({ holds }) => !holds).length;
  console.log(
    `Kubernetes ${report.kubernetes}: ${report.requests} requests, ${report.failures.length} failed, slowest ${report.slowestMs} ms; ` +
      `${report.registered} events followed, ${report.effects.lost} lost; ${report.expectations.length - broken} of ${report.expectations.length} expectations hold`,
  );
  code = broken > 0 ? 1 : 0;
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
}
if (!process.argv.includes('--keep')) await stopCluster(home);
process.exit(code);
