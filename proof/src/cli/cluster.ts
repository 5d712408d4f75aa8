import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createProgress } from '@lms/tools/stack/progress';
import { startCluster, stopCluster } from '../cluster/cluster.ts';
import { dryRun } from '../cluster/dry-run.ts';
import { findBlindSpots } from '../cluster/find-blind-spots.ts';
import { readRenderings } from '../cluster/rendered.ts';

/**
 * `npm run cluster -- up [--node] | down | dry-run | check`: a Kubernetes cluster for tests, with its state in
 * `.lms/cluster`. `up` starts a real API server, with `--node` a node on this machine too (Linux, root).
 * `dry-run` sends every object of the chart and of k8s/dist to it, or to the cluster that KUBECONFIG names.
 * `check` does all three, for CI.
 */
const repo = join(import.meta.dirname, '../../..');
const home = join(process.env.LMS_HOME || join(repo, '.lms'), 'cluster');
const { values, positionals } = parseArgs({
  options: { node: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const actions: Record<string, () => Promise<number>> = { up, down, 'dry-run': checkObjects, check };
const action = actions[positionals[0] ?? ''];
if (!action || positionals.length > 1) {
  console.error('usage: npm run cluster -- up [--node] | down | dry-run | check');
  process.exit(2);
}
try {
  process.exit(await action());
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}

async function up(): Promise<number> {
  const { kubeconfig, limits } = await startCluster({ home, node: values.node, progress: createProgress() });
  for (const limit of limits) console.log(`! ${limit}`);
  console.log(`export KUBECONFIG=${kubeconfig}`);
  return 0;
}

async function down(): Promise<number> {
  console.log((await stopCluster(home)) ? 'Stopped.' : 'Nothing was running.');
  return 0;
}

async function checkObjects(): Promise<number> {
  const kubeconfig = process.env.KUBECONFIG || join(home, 'kubeconfig');
  const blind = await findBlindSpots(kubeconfig);
  for (const what of blind) console.log(`✗ the server accepts ${what}, so its checks prove nothing`);
  const verdicts = await dryRun(await readRenderings(), kubeconfig);
  for (const name of new Set(verdicts.map(({ rendering }) => rendering))) {
    const own = verdicts.filter(({ rendering }) => rendering === name);
    const unchecked = own.filter(({ unknownKind }) => unknownKind);
    const refused = own.filter(({ complaint, unknownKind }) => complaint !== null && !unknownKind);
    const accepted = own.length - refused.length - unchecked.length;
    console.log(
      `${refused.length > 0 ? '✗' : '✓'} ${name}: ${accepted} objects accepted, ${refused.length} refused`,
    );
    for (const { object } of unchecked)
      console.log(`  ! NOT CHECKED, because the server does not know the kind: ${object}`);
    for (const { object, complaint } of refused)
      console.log(`  ${object}\n    ${complaint?.replaceAll('\n', '\n    ')}`);
  }
  if (verdicts.length === 0)
    console.log('! there is nothing to check: neither charts/lms/ci nor k8s/dist contains objects');
  const refused = verdicts.some(({ complaint, unknownKind }) => complaint !== null && !unknownKind);
  return verdicts.length === 0 || refused || blind.length > 0 ? 1 : 0;
}

async function check(): Promise<number> {
  await up();
  return checkObjects().finally(down);
}
