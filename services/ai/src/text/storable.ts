/**
 * Makes text storable in PostgreSQL: removes NUL, and replaces unpaired surrogates, which JSON can contain. The
 * length changes only by the number of removed NULs.
 */
export function storableText(text: string): string {
  return text.replaceAll('\0', '').toWellFormed();
}

/** Does the same for every string inside a value, because the output of models and recognisers cannot be trusted. */
export function storable<T>(value: T): T {
  if (typeof value === 'string') return storableText(value) as T;
  if (Array.isArray(value)) return value.map(storable) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, storable(inner)])) as T;
}
