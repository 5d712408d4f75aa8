import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Metafile } from 'esbuild';

/**
 * Writes the licence and notice files of every package in a bundle, and of `more` package folders next to it, into
 * one file. The licences require copies to include these texts.
 */
export async function writeLicenseTexts(options: {
  metafile: Metafile;
  /** Folders of packages that are copied, not bundled. */
  more?: string[];
  file: string;
}): Promise<void> {
  const folders = new Set(options.more);
  for (const output of Object.values(options.metafile.outputs))
    for (const input of Object.keys(output.inputs)) {
      const folder = /^(.*\/)?node_modules\/(@[^/]+\/)?[^/]+(?=\/)/.exec(input)?.[0];
      if (folder) folders.add(resolve(folder));
    }
  const texts = await Promise.all([...folders].map(textOf));
  await writeFile(options.file, texts.sort().join(`\n${'─'.repeat(80)}\n\n`));
}

async function textOf(folder: string): Promise<string> {
  const { name, version, license } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
    name: string;
    version: string;
    license?: string;
  };
  const files = (await readdir(folder)).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file)).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8').catch(() => '')));
  return [`${name} ${version} (${license ?? 'see below'})\n`, ...texts.map((text) => text.trim())]
    .join('\n')
    .concat('\n');
}
