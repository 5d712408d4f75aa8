// Makes media/images/*.webp from drawings/*.svg: `node tools/seed-course/make-images.ts`. Needs rsvg-convert and
// cwebp: apt-get install librsvg2-bin webp fonts-dejavu-core. The files are committed, so only those who change
// a drawing need to run this.
import { execFileSync } from 'node:child_process';
import { globSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

const folder = join(import.meta.dirname, 'media/images');
const sidePixels = '384';

mkdirSync(folder, { recursive: true });
const drawings = globSync('drawings/*.svg', { cwd: import.meta.dirname });
const made = drawings.map((file) => {
  const size = ['-w', sidePixels, '-h', sidePixels];
  const png = execFileSync('rsvg-convert', [...size, join(import.meta.dirname, file)]);
  const webp = execFileSync('cwebp', ['-quiet', '-m', '6', '-q', '82', '-o', '-', '--', '-'], { input: png });
  const name = `${basename(file, '.svg')}.webp`;
  writeFileSync(join(folder, name), webp);
  return name;
});
const stale = readdirSync(folder).filter((name) => !made.includes(name));
for (const name of stale) rmSync(join(folder, name));
console.log(`${made.length} files, ${stale.length} removed`);
