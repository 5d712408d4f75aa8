import type { BuildOptions } from 'esbuild';

/** How every bundle is built: one ES module for Node 24, with a source map that does not contain the sources. */
export const nodeBundle = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node24',
  // Names are kept. Without comments the source is half as long, and ASCII only, so that V8 keeps one byte per
  // character: 4 MB instead of 12 MB of each process. A stack trace still points at a line that can be read.
  minifyWhitespace: true,
  lineLimit: 160,
  sourcemap: 'linked',
  sourcesContent: false,
  metafile: true,
  logLevel: 'warning',
  // CommonJS packages inside an ES module still call require().
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
} as const satisfies BuildOptions;
