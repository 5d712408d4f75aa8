import type { Node } from 'libpg-query';

/** Schemas that a statement names explicitly, at any depth. */
export function schemasNamed(node: Node): Set<string> {
  const found = new Set<string>();
  visit(node, found);
  return found;
}

function visit(value: unknown, found: Set<string>): void {
  if (Array.isArray(value)) for (const item of value) visit(item, found);
  else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      if (key === 'schemaname' && typeof inner === 'string' && inner) found.add(inner);
      else visit(inner, found);
    }
  }
}
