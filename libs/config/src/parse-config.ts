import { z } from 'zod';
import { findWeakValues, type WeakValue } from './weak-values.ts';

/** Shape of a service's configuration: one zod schema per environment variable, keyed by its name. */
export type EnvShape = Record<string, z.ZodType>;

/** Parsed, frozen configuration for an `EnvShape`. */
export type Config<S extends EnvShape> = Readonly<{ [K in keyof S]: z.output<S[K]> }>;

/** Thrown by `parseConfig`; its message has one line per invalid variable and never contains a value. */
export class ConfigError extends Error {
  readonly problems: { name: string; message: string }[];

  constructor(problems: { name: string; message: string }[]) {
    super(
      [
        `The configuration is invalid (${problems.length}):`,
        ...problems.map((p) => `  ${p.name}: ${p.message}`),
      ].join('\n'),
    );
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/**
 * Parses environment variables against `shape` and freezes the result. An empty string counts as unset,
 * because that is what `NAME=` in an env file is meant to say. In staging and production (`NODE_ENV`) weak secrets
 * are invalid too.
 * @throws ConfigError that names every invalid variable.
 */
export function parseConfig<S extends EnvShape>(shape: S, env: NodeJS.ProcessEnv = process.env): Config<S> {
  const input = Object.fromEntries(
    Object.keys(shape).map((name) => [name, env[name] === '' ? undefined : env[name]]),
  );
  const result = z.object(shape).safeParse(input);
  const problems = (result.error?.issues ?? []).map((issue) => {
    const name = String(issue.path[0] ?? '(all)');
    return { name, message: input[name] === undefined ? 'is required but not set' : issue.message };
  });
  const named = new Set(problems.map(({ name }) => name));
  if (!isForDevelopment(env)) {
    problems.push(...findWeakValues(shape, input, { strict: true }).filter(({ name }) => !named.has(name)));
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(result.data) as Config<S>;
}

/**
 * Names the variables whose values are too weak for staging and production, which refuse them. Empty there,
 * and for a development environment whose secrets are good.
 */
export function weakValuesOf(shape: EnvShape, env: NodeJS.ProcessEnv = process.env): WeakValue[] {
  return isForDevelopment(env) ? findWeakValues(shape, env) : [];
}

function isForDevelopment(env: NodeJS.ProcessEnv): boolean {
  return !['staging', 'production'].includes(env.NODE_ENV ?? '');
}
