import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createProgress } from '@lms/tools/stack/progress';
import { type DrillCluster, startDrillCluster } from '../drill/drill-cluster.ts';
import { takeNamedCluster } from '../drill/named-cluster.ts';
import { runRollbackDrill } from '../drill/run-rollback-drill.ts';

/**
 * `npm run drill:rollback [-- --context NAME [--load COMMAND]] [--keep] [--short]`: installs, upgrades and rolls
 * back the product under load; see docs/runbooks/rollback.md. It uses the cluster of a context in KUBECONFIG or,
 * without one, a cluster that it starts on this machine (Linux, root). The report is in
 * `.lms/drill-rollback.json`; the exit code is 1 if an expectation failed. `--keep` keeps the cluster at the end;
 * `--short` skips the broken releases; `--load` is the command that loads an image archive into the cluster's
 * nodes, for clusters other than kind, k3d and minikube.
 */
const repo = join(import.meta.dirname, '../../..');
const state = process.env.LMS_HOME || join(repo, '.lms');
const home = join(state, 'cluster');
const { values } = parseArgs({
  options: {
    context: { type: 'string' },
    load: { type: 'string' },
    keep: { type: 'boolean', default: false },
    short: { type: 'boolean', default: false },
  },
});
const { context, load, keep, short } = values;
mkdirSync(home, { recursive: true });
const progress = createProgress();
let code = 1;
let cluster: DrillCluster | undefined;
try {
  cluster = context
    ? await takeNamedCluster({ home, context, ...(load ? { load } : {}), keep }, progress)
    : await startDrillCluster(home, progress, { keep });
  const report = await runRollbackDrill(cluster, progress, { short });
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
await cluster?.close();
process.exit(code);
