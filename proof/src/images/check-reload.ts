import { setTimeout as sleep } from 'node:timers/promises';
import { checkCommands } from './check-container.ts';
import type { ComposeProject } from './compose.ts';

/**
 * Checks the stage `dev` with docker-compose.dev.yml: a service runs from source and restarts when a file is copied
 * into its container, as `watch` and skaffold do, and its one-shot commands run from source. Returns the problems.
 */
export async function checkReload(project: ComposeProject): Promise<string[]> {
  const up = ['up', '--detach', '--build', '--no-deps', '--wait', '--wait-timeout', '180', 'auth'];
  await project.compose(up, { dev: true, timeoutMs: 900_000 });
  const container = await project.containerOf('auth');
  const problems = await checkCommands(project, container);
  const starts = async () =>
    (await project.docker(['logs', container])).split('\n').filter((line) => line.includes('"listening"'))
      .length;
  const before = await starts();
  const change = `require('node:fs').appendFileSync('/tmp/repo/services/auth/src/service.ts', '\\n// changed\\n')`;
  await project.docker(['exec', container, 'node', '-e', change]);
  const deadline = Date.now() + 60_000;
  while ((await starts()) === before) {
    if (Date.now() > deadline)
      return [...problems, 'a changed file does not restart a service that runs from source'];
    await sleep(500);
  }
  return problems;
}
