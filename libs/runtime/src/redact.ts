/** Names whose values are never logged, at any depth. */
export const redactedNames = [
  'password',
  'newPassword',
  'currentPassword',
  'token',
  'accessToken',
  'refreshToken',
  'idToken',
  'authorization',
  'cookie',
  'set-cookie',
  'secret',
  'apiKey',
  'email',
  'displayName',
  'text',
  'connectionString',
  'databaseUrl',
  'uploadUrl',
] as const;

const redacted: ReadonlySet<string> = new Set(redactedNames);
const censor = '[redacted]';
/** Deeper than pino writes (5 levels); what is below is replaced, not written unread. */
const maxDepth = 10;

/**
 * Returns `facts` without the values of `redactedNames`: the same object if there is nothing to hide, which costs a
 * look-up per name, and otherwise a copy. Only nested values are walked, unlike pino's own redaction, whose wildcards
 * walk every line. The error under `err` is left to its serializer, which redacts what it returns.
 */
export function redactFacts(facts: Record<string, unknown>): Record<string, unknown> {
  let copy: Record<string, unknown> | undefined;
  for (const name in facts) {
    const value = facts[name];
    const safe = redacted.has(name) ? censor : isPlain(value) ? value : redactNested(name, value);
    if (safe === value) continue;
    copy ??= { ...facts };
    copy[name] = safe;
  }
  return copy ?? facts;
}

function redactNested(name: string, value: unknown): unknown {
  return name === 'err' && value instanceof Error ? value : redactValue(value);
}

/** Returns the value as JSON would show it, without the values of `redactedNames` in it; never throws. */
export function redactValue(value: unknown, depth = 1): unknown {
  if (isPlain(value)) return value;
  if (depth > maxDepth) return '[too deep]';
  const shown = toJsonOf(value as object);
  if (isPlain(shown)) return shown;
  if (Array.isArray(shown)) return shown.map((item) => redactValue(item, depth + 1));
  const copy: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(shown as object))
    copy[name] = redacted.has(name) ? censor : redactValue(inner, depth + 1);
  return copy;
}

function isPlain(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
}

function toJsonOf(value: object): unknown {
  if (!('toJSON' in value) || typeof value.toJSON !== 'function') return value;
  try {
    return value.toJSON() as unknown;
  } catch {
    return '[not serialisable]';
  }
}
