import { availableParallelism, loadavg } from 'node:os';
import { createProgress, SetupError } from '@lms/tools/stack/progress';
import { serviceNames } from '@lms/tools/stack/services';
import pc from 'picocolors';
import { checkCommands, checkRunning, maxStartMs, restart, timeToReady } from '../images/check-container.ts';
import { checkGrammar } from '../images/check-grammar.ts';
import { checkGuide } from '../images/check-guide.ts';
import { checkImages, type ImageFacts, maxAddedBytes } from '../images/check-images.ts';
import { checkIngress } from '../images/check-ingress.ts';
import { checkOperations } from '../images/check-operations.ts';
import { checkReload } from '../images/check-reload.ts';
import { type ComposeProject, createComposeProject } from '../images/compose.ts';
import { type Engine, findEngine, NoEngine } from '../images/engine.ts';
import { lintDockerfiles } from '../images/lint-dockerfiles.ts';
import { runJourney } from '../images/run-journey.ts';
import { baseImage, makeStandIns } from '../images/stand-ins.ts';

/**
 * `npm run test:images`: builds every image from its Dockerfile, runs docker-compose.yml, runs the journey through
 * Traefik, inspects images and containers, and takes everything down again. If no engine is running, it starts
 * one (Debian, root); if that is impossible, it skips the tests with one line, unless CI is set.
 */
const progress = createProgress();
const failures: string[] = [];
let passed = 0;
let skipped = 0;
let project: ComposeProject | undefined;
const started = performance.now();

if (process.env.LMS_SKIP_IMAGES) {
  console.log('images: skipped, because LMS_SKIP_IMAGES is set');
  process.exit(0);
}
const engine = await engineOrSkip();
const stopping = stopOnce(engine);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.once(signal, () => void stopping().then(() => process.exit(130)));
try {
  await testImages(engine);
} catch (error) {
  failures.push(
    error instanceof SetupError ? error.message : String(error instanceof Error ? error.message : error),
  );
} finally {
  await stopping();
}
for (const failure of failures) console.error(pc.red(`✗ ${failure}`));
console.log(pc.dim(`images: ${((performance.now() - started) / 1000).toFixed(0)} s`));
console.log(
  `images: ${passed} passed, ${failures.length} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`,
);
process.exit(failures.length > 0 ? 1 : 0);

async function engineOrSkip(): Promise<Engine> {
  try {
    return await progress.step(
      'Docker engine',
      findEngine,
      ({ version, own }) => `${version}${own ? ', started for this run' : ''}`,
    );
  } catch (error) {
    if (!(error instanceof NoEngine) || process.env.CI) {
      console.error(pc.red(`✗ ${error instanceof Error ? error.message : error}`));
      process.exit(1);
    }
    console.log(`images: skipped, because ${error.message}`);
    process.exit(0);
  }
}

function stopOnce(engine: Engine): () => Promise<void> {
  let stopped: Promise<void> | undefined;
  return () => {
    stopped ??= progress.step('Taking everything down', async () => {
      await project?.remove();
      await engine.stop();
    });
    return stopped;
  };
}

/** A check is passed when it finds no problem; every problem is a failure. */
function judge(subject: string, problems: string[]): void {
  if (problems.length === 0) passed += 1;
  failures.push(...problems.map((problem) => `${subject}: ${problem}`));
}

/** Like `judge`, for a check that may throw: the error is a failure, and the checks after it still run. */
async function judgeCheck(subject: string, check: () => Promise<string[]>): Promise<void> {
  judge(subject, await check().catch((error: Error) => [error.message]));
}

async function testImages(engine: Engine): Promise<void> {
  if (engine.own) {
    const release = engine.own;
    console.log(
      pc.yellow(
        '! STAND-INS: no registry is used. Base and infrastructure images are built on this machine under the names that the files use; proof/stand-ins/README.md describes each of them.',
      ),
    );
    await progress.step('Stand-ins', () =>
      makeStandIns(engine, release, (text) => progress.note(pc.dim(`  ${text}`))),
    );
    await progress.step('Dockerfiles, by hadolint', async () => judge('hadolint', await lintDockerfiles()));
  }
  const stack = await createComposeProject(engine);
  project = stack;
  await progress.step('Images, from their Dockerfiles', async () => {
    // One image first, so that the shared layers exist before the others start. npm's downloads may fail; the second
    // attempt keeps what was downloaded.
    const build = (service: string[]) => stack.compose(['build', ...service], { timeoutMs: 1_200_000 });
    await build(['media']).catch((error: Error) => {
      progress.note(pc.dim(`  retrying after: ${error.message.split('\n').at(-1)}`));
      return build(['media']);
    });
    await build([]);
    // Not part of Compose, because the chart runs it (preflight, backup).
    const ops = ['build', '--file', 'ops/Dockerfile', '--tag', 'lms-ops:test', '.'];
    await stack.docker(ops, { timeoutMs: 900_000 });
  });

  const facts: ImageFacts[] = [];
  const base = baseImage();
  await progress.step('Content of the images', async () => {
    const images = [...serviceNames, 'tools', 'ops'].map((name) => ({
      image: `lms-${name}:test`,
      serves: name !== 'ops',
    }));
    const { secrets, docker } = stack;
    for (const found of await checkImages({ images, base, secrets, docker })) {
      facts.push(found.facts);
      judge(found.facts.image, found.problems);
    }
  });

  await progress.step(
    'docker compose up --wait',
    () => up(stack),
    () => stack.baseUrl,
  );
  judge('compose', []);
  await progress.step('Journey through Traefik', async () =>
    judge('journey', await runJourney(stack.baseUrl)),
  );
  await progress.step('Ingress', async () => judge('ingress', await checkIngress(stack.baseUrl)));

  await progress.step('Course, seeded again', () =>
    judgeCheck('seed', async () => {
      await stack.compose(['run', '--rm', 'seed']);
      return [];
    }),
  );
  await progress.step('Backup and restore', () =>
    judgeCheck('lms-ops:test', () => checkOperations(stack, 'lms-ops:test')),
  );
  await progress.step('The .env of the deployment guide', () => judgeCheck('guide', () => checkGuide(stack)));

  await progress.step(
    'Grammar checker',
    async () => {
      let memory = '';
      await judgeCheck('ai', async () => {
        const checked = await checkGrammar(stack);
        memory = checked.memory;
        return checked.problems;
      });
      return memory;
    },
    (memory) => memory,
  );

  const rows: string[][] = [];
  await progress.step('Privileges, signals and start times', async () => {
    for (const service of [...serviceNames, 'cdn']) {
      const container = await stack.containerOf(service);
      judge(service, await checkRunning(stack, container));
      if (service !== 'cdn' && service !== 'status') judge(service, await checkCommands(stack, container));
      const times = await restart(stack, container, service === 'cdn' ? { path: '/livez' } : {});
      judge(service, times.problems);
      judgeStart(service, times.startMs);
      const image = `lms-${service === 'cdn' ? 'tools' : service}:test`;
      const added = facts.find((fact) => fact.image === image)?.addedBytes ?? 0;
      rows.push([
        image,
        `${(added / 1e6).toFixed(1)} MB`,
        `${Math.round(times.startMs)} ms`,
        `${Math.round(times.stopMs)} ms`,
      ]);
    }
  });
  await progress.step('Workers', () => checkWorkers(stack));
  await progress.step('Reload, from source', async () => judge('reload', await checkReload(stack)));
  printTable(
    [
      'image',
      `over ${base} (≤ ${maxAddedBytes / 1e6} MB)`,
      `start to ready (≤ ${maxStartMs} ms)`,
      'SIGTERM to end',
    ],
    rows,
  );
}

/** Checks a start time. On a busy machine it is not checked, and a note says so. */
function judgeStart(service: string, startMs: number): void {
  const [load = 0] = loadavg();
  const cores = availableParallelism();
  if (startMs > maxStartMs && load > 2.5 * cores) {
    skipped += 1;
    const why = `the machine is busy with other work (load ${load.toFixed(0)} on ${cores} cores)`;
    progress.note(pc.yellow(`  ! start time of ${service} not judged: ${why}`));
  } else judge(service, startMs > maxStartMs ? [`took ${Math.round(startMs)} ms to be ready`] : []);
}

async function up(stack: ComposeProject): Promise<void> {
  try {
    await stack.compose(['up', '--detach', '--wait', '--wait-timeout', '300', '--no-build'], {
      timeoutMs: 420_000,
    });
  } catch (error) {
    const states = await stack
      .compose(['ps', '--all', '--format', '{{.Service}}\t{{.Status}}'])
      .catch(() => '');
    const logs = await stack.compose(['logs', '--no-color', '--tail', '12']).catch(() => '');
    throw new Error(`${error instanceof Error ? error.message : error}\n${states}\n${logs.slice(-12_000)}`);
  }
}

/** Checks the same images in the mode `worker`: the HEALTHCHECK succeeds, and they stop cleanly. */
async function checkWorkers(stack: ComposeProject): Promise<void> {
  for (const service of serviceNames.filter((name) => name !== 'status')) {
    const container =
      (await stack.compose(['run', '--detach', '--no-deps', service, 'worker'])).trim().split('\n').at(-1) ??
      '';
    await timeToReady(stack, container, '/livez');
    const check = await stack.docker(['exec', container, 'node', '/app/healthcheck.mjs']).then(
      () => [],
      (error: Error) => [`the health check fails in a worker: ${error.message}`],
    );
    const { problems } = await restart(stack, container, { path: '/livez', rounds: 1 });
    judge(`${service} worker`, [...check, ...problems]);
    await stack.docker(['rm', '--force', container]);
  }
}

function printTable(head: string[], rows: string[][]): void {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)),
  );
  for (const row of [head, ...rows])
    console.log(
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join('  '),
    );
}
