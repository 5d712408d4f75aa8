import { isMap, isScalar, parseDocument, type YAMLMap } from 'yaml';

/** A value of the chart: its dotted path, what it is for, and what it is unless set. */
export interface DocumentedValue {
  path: string;
  description: string;
  defaultValue: unknown;
}

/**
 * Reads values.yaml. A key under a comment that begins with `-- ` is a value (whatever its type); a map without
 * one is a section, and its keys are looked at.
 * @throws Error for a key that is neither: nobody would know what it does.
 */
export function documentedValues(text: string): DocumentedValue[] {
  const document = parseDocument(text);
  if (!isMap(document.contents)) throw new Error('values.yaml is not a map');
  return valuesOf(document.contents, []);
}

function valuesOf(map: YAMLMap, above: string[]): DocumentedValue[] {
  return map.items.flatMap((pair, index) => {
    const path = [...above, String(isScalar(pair.key) ? pair.key.value : pair.key)];
    // The comment above the first key of a map belongs to the map.
    const comment = [
      index === 0 ? map.commentBefore : null,
      isScalar(pair.key) ? pair.key.commentBefore : null,
    ]
      .filter(Boolean)
      .join('\n');
    const description = /^ ?-- (.+)$/m.exec(comment)?.[1];
    if (description !== undefined) {
      const value = pair.value as { toJSON?: () => unknown } | null;
      return [{ path: path.join('.'), description, defaultValue: value?.toJSON?.() ?? null }];
    }
    if (isMap(pair.value) && pair.value.items.length > 0) return valuesOf(pair.value, path);
    throw new Error(`values.yaml: ${path.join('.')} has no comment that begins with "-- "`);
  });
}
