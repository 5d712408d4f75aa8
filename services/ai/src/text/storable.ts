/**
 * Text as PostgreSQL can keep it: without NUL, and without half a surrogate pair, which JSON would carry.
 * Its length changes only by the NULs that are gone.
 */
export function storableText(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}

/** The same for every string inside: what a model or a recogniser said is not ours to trust. */
export function storable<T>(value: T): T {
  if (typeof value === 'string') return storableText(value) as T;
  if (Array.isArray(value)) return value.map(storable) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, storable(inner)])) as T;
}
