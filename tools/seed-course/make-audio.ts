// Makes media/audio/*.mp3 from the texts of the course: `node tools/seed-course/make-audio.ts`. Needs flite
// (speech) and lame (MP3): apt-get install flite lame. The files are committed, so only those who change a text
// need to run this.
import { execFileSync } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { sayings } from './sayings.ts';

const here = import.meta.dirname;
const folder = join(here, 'media/audio');
const female = 'slt';
const male = 'rms';
const pauseSeconds = 0.45;
const sampleRate = 16_000;
const scratch = mkdtempSync(join(tmpdir(), 'lms-audio-'));

/** Vietnamese names that the voices would read by English rules. */
const readAs: Record<string, string> = { Lan: 'lon', Nam: 'nom' };

const lessons = globSync('units/*/*.yaml', { cwd: here })
  .sort()
  .map((file) => parse(readFileSync(join(here, file), 'utf8')) as unknown);
const texts = sayings(lessons);
mkdirSync(folder, { recursive: true });
for (const [path, text] of texts) {
  writeFileSync(join(here, path), speak(basename(path), text));
}
const stale = readdirSync(folder).filter((name) => !texts.has(`media/audio/${name}`));
for (const name of stale) rmSync(join(folder, name));
rmSync(scratch, { recursive: true });
console.log(`${texts.size} files, ${stale.length} removed`);

/**
 * An MP3 of the text; the two voices read the lines in turn. The name of the file matters: `…-slow.mp3` is
 * slow, and `…-m.mp3` begins with the male voice.
 */
function speak(fileName: string, text: string): Buffer {
  const slow = fileName.endsWith('-slow.mp3');
  const voices = fileName.endsWith('-m.mp3') ? [male, female] : [female, male];
  const parts = text.split('\n').map((line, index) => say(line, voices[index % 2] as string, slow));
  const silence = Buffer.alloc(Math.round(sampleRate * pauseSeconds) * 2);
  const wav = toWav(Buffer.concat(parts.flatMap((part, index) => (index > 0 ? [silence, part] : [part]))));
  return execFileSync('lame', ['--quiet', '-m', 'm', '-b', '32', '-q', '2', '-', '-'], { input: wav });
}

/** Samples of one line: 16 kHz, 16 bits, mono. */
function say(line: string, voice: string, slow: boolean): Buffer {
  const words = line.replace(/\p{L}+/gu, (word) => readAs[word] ?? word);
  const stretch = slow ? '1.5' : '1.1';
  // flite writes to files only.
  const file = join(scratch, 'line.wav');
  execFileSync('flite', ['-voice', voice, '--setf', `duration_stretch=${stretch}`, '-t', words, '-o', file]);
  const wav = readFileSync(file);
  if (wav.readUInt32LE(24) !== sampleRate) throw new Error(`${voice} speaks with another sample rate`);
  return wav.subarray(wav.indexOf('data') + 8);
}

function toWav(samples: Buffer): Buffer {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + samples.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20); // PCM
  header.writeUInt16LE(1, 22); // mono
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples.length, 40);
  return Buffer.concat([header, samples]);
}
