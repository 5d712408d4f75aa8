import type { EnvShape } from './parse-config.ts';

/**
 * Renders the text of `.env.example` from the services' shapes: sections in order of first appearance,
 * a comment for each variable, optional ones commented out. A variable that several services share appears once.
 */
export function envExample(shapes: EnvShape[]): string {
  const sections = new Map<string, string[]>();
  const seen = new Set<string>();
  for (const shape of shapes) {
    for (const [name, schema] of Object.entries(shape)) {
      if (seen.has(name)) continue;
      seen.add(name);
      const meta = schema.meta() ?? {};
      const lines = sections.get(meta.section ?? 'Other') ?? [];
      sections.set(meta.section ?? 'Other', lines);
      if (meta.description) lines.push(`# ${meta.description}`);
      lines.push(`${meta.optional ? '# ' : ''}${name}=${meta.example ?? ''}`);
    }
  }
  return `${[...sections].map(([title, lines]) => `## ${title}\n${lines.join('\n')}`).join('\n\n')}\n`;
}
