// Next to the bundles: `node dist/resolve-stack.mjs < log` prints its input with every position in a bundle, such as
// `file:///app/dist/main.js:120:7`, as the position in the source. The source maps are read here and not by the
// service, where they would take about 100 MB of each process.
import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const position = /(?:file:\/\/)?\/[^\s():"]*\/([\w.-]+\.m?js):(\d+):(\d+)/g;
const maps = new Map();

for await (const line of createInterface({ input: process.stdin })) {
  console.log(line.replaceAll(position, (text, file, row, column) => sourceOf(file, row, column) ?? text));
}

function sourceOf(file, row, column) {
  const entry = findMap(file)?.findEntry(Number(row) - 1, Number(column) - 1);
  if (!entry?.originalSource) return undefined;
  // Maps have paths relative to the bundle, wherever it was built.
  const path = entry.originalSource.replace(/^.*?\/(?=(services|libs|node_modules)\/)/, '');
  return `${path}:${entry.originalLine + 1}:${entry.originalColumn + 1}`;
}

function findMap(file) {
  if (!maps.has(file)) {
    const path = join(import.meta.dirname, `${file}.map`);
    maps.set(file, existsSync(path) ? new SourceMap(JSON.parse(readFileSync(path, 'utf8'))) : undefined);
  }
  return maps.get(file);
}
