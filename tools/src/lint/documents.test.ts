import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const repo = join(import.meta.dirname, '../../..');
const documents = globSync(
  ['*.md', 'docs/**/*.md', '{libs,services}/*/README.md', '{charts,k8s,docker}/**/*.md'],
  {
    cwd: repo,
    exclude: ['**/node_modules/**'],
  },
);

interface Link {
  label: string;
  /** Path from the root of the repository. */
  path: string;
  /** Line number, from `#L12`. */
  line: number | undefined;
}

/** Links of a document to files of the repository. */
function linksOf(document: string): Link[] {
  const text = readFileSync(join(repo, document), 'utf8').replace(/^```[\s\S]*?^```/gm, '');
  return [...text.matchAll(/\[([^\]]*)\]\(([^)\s]+)\)/g)]
    .map(([, label = '', target = '']) => ({ label, target }))
    .filter(({ target }) => !/^(?:https?:|mailto:|#)/.test(target))
    .map(({ label, target }) => {
      const [path = '', fragment = ''] = target.split('#');
      const line = /^L(\d+)$/.exec(fragment)?.[1];
      return {
        label: label.replaceAll('`', ''),
        path: relative(repo, join(repo, dirname(document), decodeURIComponent(path))),
        line: line === undefined ? undefined : Number(line),
      };
    });
}

describe('documents', () => {
  it.each(documents)('%s links to files that exist', (document) => {
    const broken = linksOf(document).filter(({ path }) => !existsSync(join(repo, path)));
    expect(broken.map(({ path }) => path)).toEqual([]);
  });

  it('links in ARCHITECTURE.md to lines that contain the label of the link', () => {
    const links = linksOf('ARCHITECTURE.md').filter(({ line }) => line !== undefined);
    expect(links.length).toBeGreaterThanOrEqual(9);
    const moved = links.filter(({ label, path, line = 0 }) => {
      const lines = readFileSync(join(repo, path), 'utf8').split('\n');
      return !lines[line - 1]?.includes(label);
    });
    expect(moved.map(({ label, path, line }) => `${label} is not at ${path}:${line}`)).toEqual([]);
  });
});
