/**
 * The notes of one version from the changelogs that `changeset version` wrote for each package. Notes that several
 * packages share appear once, and notes that only announce a new version of our own packages are left out.
 */
export function collectNotes(version: string, changelogs: string[]): string {
  const byKind = new Map<string, Set<string>>();
  for (const changelog of changelogs) {
    const section = changelog.split(/^## /m).find((text) => text.split('\n')[0]?.trim() === version) ?? '';
    for (const part of section.split(/^### /m).slice(1)) {
      const [kind = '', ...lines] = part.split('\n');
      const entries = lines
        .join('\n')
        .split(/^- /m)
        .map((entry) => entry.trim())
        .filter((entry) => entry && !/^(Updated dependencies|@lms\/)/.test(entry));
      for (const entry of entries) byKind.set(kind.trim(), (byKind.get(kind.trim()) ?? new Set()).add(entry));
    }
  }
  const kinds = ['Major Changes', 'Minor Changes', 'Patch Changes'].filter((kind) => byKind.has(kind));
  const parts = kinds.map((kind) => {
    const entries = [...(byKind.get(kind) ?? [])].map((entry) => `- ${entry}`).join('\n');
    return `### ${kind}\n\n${entries}\n`;
  });
  return `## ${version}\n\n${parts.join('\n')}`;
}

/** The changelog with the notes of a version above those of earlier ones. */
export function addNotes(changelog: string, notes: string): string {
  const first = changelog.search(/^## /m);
  const [head, rest] = first < 0 ? [changelog, ''] : [changelog.slice(0, first), changelog.slice(first)];
  return `${[head.trim(), notes.trim(), rest.trim()].filter(Boolean).join('\n\n')}\n`;
}
