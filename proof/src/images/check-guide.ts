import { type ServiceName, serviceNames } from '@lms/tools/stack/services';
import { timeToReady } from './check-container.ts';
import type { ComposeProject } from './compose.ts';

/**
 * Starts every service once more, with the `.env` of the deployment guide, as it is pasted, in place of our own
 * secrets. Each must become ready and contain its own commands; auth warns once of its weak secrets. Returns the
 * problems.
 */
export async function checkGuide(project: ComposeProject): Promise<string[]> {
  return (await Promise.all(serviceNames.map((service) => checkService(project, service)))).flat();
}

async function checkService(project: ComposeProject, service: ServiceName): Promise<string[]> {
  const started = await project.compose(['run', '--detach', '--no-deps', service], { guide: true });
  const container = started.trim().split('\n').at(-1) ?? '';
  try {
    await timeToReady(project, container, '/readyz');
    const warnings = (await project.docker(['logs', container]))
      .split('\n')
      .filter((line) => line.includes('JWT_ACCESS_SECRET'));
    const expected = service === 'auth' ? 1 : 0;
    if (warnings.length !== expected)
      return [`${service} warns of weak secrets ${warnings.length} times, not ${expected}: ${warnings}`];
    return warnings.every((line) => line.includes('JWT_REFRESH_SECRET') && !line.includes('change_me'))
      ? []
      : [`${service} does not report the weak secrets by name only: ${warnings}`];
  } catch (error) {
    return [`${service} does not start: ${error instanceof Error ? error.message : error}`];
  } finally {
    // A clean stop leaves Kafka's groups at once; partitions of a killed process have no reader for a while.
    await project.docker(['stop', '--time', '25', container]);
    await project.docker(['rm', '--force', container]);
  }
}
