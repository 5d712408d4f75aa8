import { z } from 'zod';

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
 * because that is what `NAME=` in an env file is meant to say.
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
  problems.push(...productionProblems(shape, input));
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(result.data) as Config<S>;
}

/** Refuses the well-known development values of secrets in production. */
function productionProblems(shape: EnvShape, input: Record<string, string | undefined>) {
  if (input.NODE_ENV !== 'production') return [];
  return Object.entries(shape)
    .filter(
      ([name, schema]) => schema.meta()?.secret === true && /change_?me|dev-only/i.test(input[name] ?? ''),
    )
    .map(([name]) => ({ name, message: 'still has its development value; set your own secret' }));
}
