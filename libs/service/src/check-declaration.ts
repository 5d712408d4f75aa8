import type { Route } from '@lms/http';
import { partitionJob } from './partition-upkeep.ts';

/** Command-line arguments that already have a meaning. */
const reservedCommands = ['all', 'api', 'worker', 'check-config', 'migrate'];

/**
 * Checks what TypeScript cannot check in a declaration.
 * @throws Error naming the service and every problem of its declaration.
 */
export function checkDeclaration(declaration: {
  name: string;
  routes: readonly Route<never>[];
  accessTokenKeys?: unknown;
  consumers?: { types: readonly string[] };
  jobs?: object;
  schedules?: Record<string, string>;
  commands?: object;
}): void {
  const { name, routes, jobs = {}, schedules = {}, commands = {} } = declaration;
  const paths = routes.map(({ definition: { method, path } }) => `${method.toUpperCase()} ${path}`);
  const problems = [
    ...paths
      .filter((path, index) => paths.indexOf(path) !== index)
      .map((path) => `the route ${path} is declared twice`),
    ...(declaration.accessTokenKeys
      ? []
      : paths
          .filter((_path, index) => routes[index]?.definition.auth !== 'public')
          .map((path) => `the route ${path} is not public, but there are no accessTokenKeys`)),
    ...(declaration.consumers?.types.includes('session.revoked')
      ? ['session.revoked has a handler already, in every service with a database']
      : []),
    ...(Object.hasOwn(jobs, partitionJob)
      ? [`the job "${partitionJob}" exists already, in every service with a database`]
      : []),
    ...Object.keys(schedules)
      .filter((job) => !Object.hasOwn(jobs, job))
      .map((job) => `the schedule "${job}" has no job of that name`),
    ...Object.keys(commands)
      .filter((command) => reservedCommands.includes(command))
      .map((command) => `the command "${command}" has the name of a mode that every service has`),
  ];
  if (problems.length > 0) throw new Error(`service ${name}: ${problems.join('; ')}`);
}
