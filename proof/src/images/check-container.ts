import { setTimeout as sleep } from 'node:timers/promises';
import type { ComposeProject } from './compose.ts';

/** Maximum time from the start of a process to its readiness, in ms. */
export const maxStartMs = 1_500;

/** Inspects a running container of a service: its privileges, its file system, its first process. */
export async function checkRunning(project: ComposeProject, container: string): Promise<string[]> {
  const script = `
    const { readFileSync, writeFileSync, existsSync } = require('node:fs');
    const write = (path) => { try { writeFileSync(path, ''); return 'written'; } catch (error) { return error.code; } };
    console.log(JSON.stringify({
      status: readFileSync('/proc/1/status', 'utf8'), command: readFileSync('/proc/1/cmdline', 'utf8').split('\\0'),
      app: write('/app/x'), root: write('/x'), temp: write('/tmp/x'), npm: existsSync('/usr/local/bin/npm'),
    }));`;
  const facts = JSON.parse(await project.docker(['exec', container, 'node', '-e', script])) as {
    status: string;
    command: string[];
    app: string;
    root: string;
    temp: string;
    npm: boolean;
  };
  const field = (name: string) => new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(facts.status)?.[1] ?? '';
  const problems: string[] = [];
  const expect = (holds: boolean, problem: string) => void (holds || problems.push(problem));
  expect(facts.command[0] === 'node', `its first process is ${facts.command[0]}`);
  expect(Number(field('Uid')) > 0, 'it runs as root');
  expect(
    /^0+$/.test(field('CapEff')) && /^0+$/.test(field('CapPrm')),
    `it has capabilities: ${field('CapEff')}`,
  );
  expect(field('NoNewPrivs') === '1', 'it may gain privileges');
  expect(
    facts.app === 'EROFS' && facts.root === 'EROFS',
    `its root file system can be written (${facts.app})`,
  );
  expect(facts.temp === 'written', `/tmp cannot be written (${facts.temp})`);
  expect(!facts.npm, 'npm is installed');
  return problems;
}

/** Runs the one-shot commands of a service's image in a running container, as `docker compose exec` does. */
export async function checkCommands(project: ComposeProject, container: string): Promise<string[]> {
  const seeds = container === (await project.containerOf('auth'));
  const commands = [['migrate'], ['migrate', 'status'], ['npx', 'prisma', 'migrate', 'deploy']];
  if (seeds) commands.push(['seed'], ['npx', 'prisma', 'db', 'seed']);
  const problems: string[] = [];
  for (const command of commands) {
    await project.docker(['exec', container, ...command]).catch((error: Error) => {
      problems.push(`"${command.join(' ')}" failed in the container: ${error.message}`);
    });
  }
  return problems;
}

/**
 * Stops a container with SIGTERM and starts it again, `rounds` times. Returns the best time from start to
 * readiness in ms, and problems with stopping it.
 */
export async function restart(
  project: ComposeProject,
  container: string,
  { path = '/readyz', rounds = 3 } = {},
): Promise<{ startMs: number; stopMs: number; problems: string[] }> {
  const problems: string[] = [];
  const starts: number[] = [];
  const stops: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const stopping = performance.now();
    await project.docker(['stop', '--time', '25', container]);
    stops.push(performance.now() - stopping);
    const state = await stateOf(project, container);
    if (state.ExitCode !== 0) problems.push(`ended with ${state.ExitCode} on SIGTERM`);
    starts.push(await timeToReady(project, container, path));
  }
  return { startMs: Math.min(...starts), stopMs: Math.min(...stops), problems: [...new Set(problems)] };
}

/** Starts a stopped container and returns the time from the start of its process to its first 200, in ms. */
export async function timeToReady(project: ComposeProject, container: string, path: string): Promise<number> {
  await project.docker(['start', container]);
  const { StartedAt } = await stateOf(project, container);
  const address = await addressOf(project, container);
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    const answer = await fetch(`http://${address}:3000${path}`, { signal: AbortSignal.timeout(2_000) }).catch(
      () => null,
    );
    if (answer?.ok) return Date.now() - Date.parse(StartedAt);
    await sleep(10);
  }
  const log = await project.docker(['logs', '--tail', '20', container]);
  throw new Error(`not ready within a minute:\n${log}`);
}

/** The container's address on its first network, reachable from this machine. */
export async function addressOf(project: ComposeProject, container: string): Promise<string> {
  const format = '{{range .NetworkSettings.Networks}}{{.IPAddress}} {{end}}';
  const addresses = await project.docker(['inspect', '--format', format, container]);
  return addresses.trim().split(' ')[0] ?? '';
}

async function stateOf(
  project: ComposeProject,
  container: string,
): Promise<{ ExitCode: number; StartedAt: string }> {
  return JSON.parse(await project.docker(['inspect', '--format', '{{json .State}}', container])) as {
    ExitCode: number;
    StartedAt: string;
  };
}
