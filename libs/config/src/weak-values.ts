import type { GlobalMeta } from 'zod';
import type { EnvShape } from './parse-config.ts';

/** A variable whose value is acceptable only in development, and why. Never contains the value itself. */
export interface WeakValue {
  name: string;
  message: string;
}

/**
 * Names the secrets (`meta.secret`) that still hold `change_me`, are too short (`meta.minSecretLength`) or
 * repeat another one (`meta.differsFrom`), and settings that still hold the example's `<placeholder>`
 * (`meta.placeholder`). With `strict`, as in staging and production, also secrets that hold a known development
 * value, and optional ones: in development their `change_me` means "not given".
 */
export function findWeakValues(
  shape: EnvShape,
  env: NodeJS.ProcessEnv,
  { strict = false }: { strict?: boolean } = {},
): WeakValue[] {
  return Object.entries(shape).flatMap(([name, schema]) => {
    const meta = schema.meta() ?? {};
    const value = env[name];
    if (!value) return [];
    if (meta.placeholder && /<[^<>]*>/.test(value))
      return [{ name, message: 'still has the placeholder of the example' }];
    if (!meta.secret || (meta.optional && !strict)) return [];
    const message = weaknessOf(value, { meta, strict, other: env[meta.differsFrom ?? ''] });
    return message ? [{ name, message }] : [];
  });
}

function weaknessOf(
  value: string,
  facts: { meta: GlobalMeta; strict: boolean; other: string | undefined },
): string | undefined {
  const { meta, strict, other } = facts;
  const { minSecretLength = 0, differsFrom } = meta;
  if (/change_?me/i.test(value) || (strict && (/dev-only/i.test(value) || isExample(value, meta.example))))
    return 'still has a development value; set a secret of your own';
  if (value.length < minSecretLength) return `must have at least ${minSecretLength} characters`;
  if (differsFrom && value === other) return `must not be the same as ${differsFrom}`;
  return undefined;
}

/** The example itself, or a URL with its password; an example that contains no secret is accepted. */
function isExample(value: string, example: string | undefined): boolean {
  if (!example) return false;
  if (!URL.canParse(example)) return value === example;
  const { password } = new URL(example);
  return password !== '' && URL.canParse(value) && new URL(value).password === password;
}
