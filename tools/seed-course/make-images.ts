// Makes media/images/*.webp from drawings.ts: `node tools/seed-course/make-images.ts`. Needs rsvg-convert and
// cwebp: apt-get install librsvg2-bin webp fonts-dejavu-core. The files are committed, so only who changes a
// drawing needs to run this.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawings } from './drawings.ts';

const folder = join(import.meta.dirname, 'media/images');
const sidePixels = '384';

mkdirSync(folder, { recursive: true });
for (const [name, { ground, svg }] of Object.entries(drawings)) {
  const whole = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 100"><rect width="100" height="100" fill="${ground}"/>${svg}</svg>`;
  const png = execFileSync('rsvg-convert', ['-w', sidePixels, '-h', sidePixels], { input: whole });
  const webp = execFileSync('cwebp', ['-quiet', '-m', '6', '-q', '82', '-o', '-', '--', '-'], { input: png });
  writeFileSync(join(folder, `${name}.webp`), webp);
}
const stale = readdirSync(folder).filter((name) => !drawings[name.replace(/\.webp$/, '')]);
for (const name of stale) rmSync(join(folder, name));
console.log(`${Object.keys(drawings).length} files, ${stale.length} removed`);
