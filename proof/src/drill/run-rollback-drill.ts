import { join } from 'node:path';
import type { Progress } from '@lms/tools/stack/progress';
import {
  checkEffects,
  type EffectsReport,
  hasAddedColumn,
  resolveFailedMigrations,
} from './check-effects.ts';
import { type DrillCluster, dataNamespace, namespace } from './drill-cluster.ts';
import { type Failure, startLoad } from './load.ts';
import { services } from './releases.ts';
import { type StreamsReport, startStreams } from './streams.ts';

const repo = join(import.meta.dirname, '../../..');
const values = join(repo, 'charts/lms/ci/local-values.yaml');
const ingressHost = 'traefik.traefik.svc.cluster.local';
const waitSeconds = 420;
/** How long helm waits for a release that never becomes ready. */
const hopelessSeconds = 75;

/** One expectation and its result. */
export interface Expectation {
  what: string;
  holds: boolean;
  seen?: string;
}

export interface DrillReport {
  kubernetes: string;
  requests: number;
  failures: Failure[];
  slowestMs: number;
  registered: number;
  streams: StreamsReport;
  effects: EffectsReport;
  expectations: Expectation[];
  notTested: string[];
}

/**
 * Upgrades and rolls back the product under steady load and with open event streams: A, B (with a migration that adds a column), back to
 * A, forward to B, and, unless `short`, three broken releases during which the previous release must keep serving.
 */
export async function runRollbackDrill(
  cluster: DrillCluster,
  progress: Progress,
  { short = false }: { short?: boolean } = {},
): Promise<DrillReport> {
  const expectations: Expectation[] = [];
  const expect = (what: string, holds: boolean, seen?: string) => {
    expectations.push({ what, holds, ...(seen ? { seen } : {}) });
    progress.note(`  ${holds ? '✓' : '✗'} ${what}${holds || !seen ? '' : `: ${seen}`}`);
  };
  const postgres = await cluster.addressOf('postgres', dataNamespace, 5432);
  const databaseUrl = `postgresql://lms_user:dev-only-postgres@${postgres.host}:${postgres.port}/lms`;
  const upgrade = (more: string[], wait = waitSeconds) =>
    cluster.helm(
      [
        ...['upgrade', '--install', 'lms', join(repo, 'charts/lms'), '-n', namespace, '-f', values],
        // Two pods of each, so that a rollout replaces pods; the rest is as in production.
        ...[
          '--set',
          'defaults.api.replicas=2',
          '--set',
          'image.pullPolicy=Never',
          // A name that pods can resolve, so that `helm test` goes through the ingress as well.
          '--set',
          `ingress.host=${ingressHost}`,
          '--set',
          'config.R2_SIGNED_URL_ENDPOINT=http://s3.lms-data.svc.cluster.local:9000',
          '--set',
          'config.R2_PUBLIC_URL=http://cdn.lms-data.svc.cluster.local:3000/cdn',
          '--set',
          'tests.journey.enabled=true',
        ],
        ...['--wait', '--timeout', `${wait}s`, ...more],
      ],
      (wait + 120) * 1_000,
    );
  const toA = ['--set', 'image.tag=a'];
  const toB = ['--set', 'image.tag=b'];
  const tagsOf = async (service: string) => {
    const args = [
      'get',
      'pods',
      '-n',
      namespace,
      '-l',
      `app.kubernetes.io/name=${service},app.kubernetes.io/component in (api,worker)`,
    ];
    const shown = await cluster.kubectl([
      ...args,
      '-o',
      'jsonpath={range .items[*]}{.metadata.deletionTimestamp}|{.status.conditions[?(@.type=="Ready")].status}|{.spec.containers[0].image}{"\\n"}{end}',
    ]);
    const pods = shown
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split('|'));
    return [
      ...new Set(
        pods
          .filter(([ending, ready]) => !ending && ready === 'True')
          .map(([, , image]) => image?.split(':').at(-1)),
      ),
    ].join(',');
  };
  const serving = async () =>
    Object.fromEntries(await Promise.all(services.map(async (name) => [name, await tagsOf(name)])));
  const expectServing = async (when: string, tag: string) => {
    const seen = await serving();
    expect(
      `${when}: every ready pod is of release ${tag}`,
      Object.values(seen).every((one) => one === tag),
      JSON.stringify(seen),
    );
  };
  const expectColumn = async (when: string, there: boolean) =>
    expect(
      `${when}: the new column ${there ? 'exists' : 'does not exist yet'}`,
      (await hasAddedColumn(databaseUrl)) === there,
    );
  /** True if helm reported a failure. */
  const fails = (work: Promise<unknown>) =>
    work.then(
      () => false,
      () => true,
    );

  async function tryBrokenReleases(): Promise<void> {
    await progress.step('Back to A before the broken releases', () => upgrade(toA));

    const contentTag = (tag: string) => [...toA, '--set', `services.content.image.tag=${tag}`];
    await progress.step('A release that crashes', async () => {
      const failed = await fails(upgrade([...contentTag('crash'), '--rollback-on-failure'], hopelessSeconds));
      expect('crash: helm reports that the upgrade failed', failed);
    });
    await expectServing('crash, with --rollback-on-failure (--atomic)', 'a');

    await progress.step('A release that is never ready', async () => {
      const failed = await fails(
        upgrade(
          [...contentTag('unready'), '--set', 'services.content.migrate.enabled=false'],
          hopelessSeconds,
        ),
      );
      expect('unready: helm reports that the upgrade failed', failed);
      await expectServing('unready, before the rollback', 'a');
      await cluster.helm(['rollback', 'lms', '-n', namespace, '--wait', '--timeout', `${waitSeconds}s`]);
    });
    await expectServing('unready, rolled back', 'a');

    await progress.step('A release whose migration fails', async () => {
      const failed = await fails(
        upgrade(
          [...contentTag('bad-migration'), '--set', 'defaults.migrate.deadlineSeconds=45'],
          hopelessSeconds + 60,
        ),
      );
      expect('bad migration: helm reports that the upgrade failed', failed);
      await expectServing('bad migration, before the rollback', 'a');
      await cluster.helm(['rollback', 'lms', '-n', namespace, '--wait', '--timeout', `${waitSeconds}s`]);
      expect('bad migration: it is recorded as failed', (await resolveFailedMigrations(databaseUrl)) === 1);
    });
    await progress.step('Forward to B after all', () => upgrade(toB));
    await expectServing('at the end', 'b');
    await expectColumn('at the end', true);
  }

  await progress.step('Install release A', () => upgrade(toA));
  const ingress = { ...(await cluster.addressOf('traefik', 'traefik', 80)), hostHeader: ingressHost };
  const load = startLoad({ ...ingress, clients: 4, pauseMs: 250 });
  const streams = startStreams({ ...ingress, count: 8 });
  try {
    await expectServing('A installed', 'a');
    await expectColumn('A installed', false);

    await progress.step('helm test: preflight and journey inside the cluster', async () => {
      // helm itself fails if a pod failed.
      const { failed, said } = await cluster
        .helm(['test', 'lms', '-n', namespace, '--logs', '--timeout', '300s'], 330_000)
        .then(
          (output) => ({ failed: false, said: output }),
          (error: Error) => ({ failed: true, said: error.message }),
        );
      const walked = ['preflight', 'journey'].every((pod) => said.includes(`POD LOGS: lms-${pod}`));
      expect('helm test: preflight and journey succeed', !failed && walked, said.slice(-1_500));
    });

    await progress.step('Upgrade to release B', () => upgrade(toB));
    await expectServing('upgraded to B', 'b');
    await expectColumn('upgraded to B', true);

    await progress.step('helm rollback 1', () =>
      cluster.helm(
        ['rollback', 'lms', '1', '-n', namespace, '--wait', '--timeout', `${waitSeconds}s`],
        (waitSeconds + 60) * 1_000,
      ),
    );
    await expectServing('rolled back', 'a');
    await expectColumn('rolled back', true);

    await progress.step('Forward to B again', () => upgrade(toB));
    await expectServing('forward again', 'b');
    if (!short) await tryBrokenReleases();
  } finally {
    await load.stop();
    await streams.stop();
  }
  const { requests, failures, slowestMs, registered } = load.report;
  const effects = await progress.step('Events', () => checkEffects(databaseUrl, registered));
  expect('0 failed requests', failures.length === 0, `${failures.length} of ${requests}`);
  const { opened, handedOver, failures: broken } = streams.report;
  expect('0 broken streams', broken.length === 0 && handedOver > 0, JSON.stringify(streams.report));
  progress.note(`  ${opened} streams opened, ${handedOver} handed over to another pod cleanly`);
  expect(
    '0 lost events',
    effects.lost === 0 && effects.waiting === 0 && effects.parked === 0,
    JSON.stringify(effects),
  );
  const notTested = [
    ...cluster.limits.filter((limit) => !limit.includes('ingress controller')),
    ...(short ? ['broken releases: this was a short drill'] : []),
  ];
  return {
    kubernetes: cluster.version,
    requests,
    failures,
    slowestMs,
    registered: registered.length,
    streams: streams.report,
    effects,
    expectations,
    notTested,
  };
}
