import { isMap, isScalar, parseDocument, type YAMLMap } from 'yaml';

/** A value of the chart, with its dotted path, its purpose and its default. */
export interface DocumentedValue {
  path: string;
  description: string;
  defaultValue: unknown;
}

/**
 * Reads values.yaml. A key under a comment that begins with `-- ` is a value, whatever its type. A map without
 * such a comment is a section, and its keys are read one by one.
 * @throws Error for a key that is neither, because it would be undocumented.
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
