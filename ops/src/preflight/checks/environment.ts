import { ConfigError, parseConfig } from '@lms/config';
import { type Check, failed, ok } from '../check.ts';

/** Every variable of every service is set and valid; in staging and production none is weak. */
export const environmentCheck: Check = {
  name: 'environment',
  async run({ env, shapes }) {
    const problems = new Map<string, Set<string>>();
    for (const { service, shape } of shapes) {
      try {
        parseConfig(shape, env);
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error;
        for (const { name, message } of error.problems) {
          const line = `${name} ${message}`;
          problems.set(line, (problems.get(line) ?? new Set()).add(service));
        }
      }
    }
    if (problems.size > 0) {
      const lines = [...problems].map(([line, services]) => `${line} (${[...services].join(', ')})`);
      return failed(lines.join('; '), 'set these variables; .env.example describes each');
    }
    const count = new Set(shapes.flatMap(({ shape }) => Object.keys(shape))).size;
    const services = shapes.map(({ service }) => service).join(', ');
    return ok(`${count} variables of ${services}, NODE_ENV=${env.NODE_ENV || 'development'}`);
  },
};
