import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { envExample } from '@lms/config';
import { readServiceShapes } from '@lms/ops/known-variables';

// Writes .env.example from the services' configuration schemas; with --check it only checks that the file is up to date.
const file = join(import.meta.dirname, '../../../.env.example');
const head = `# Copy this file to .env and edit it. It is generated from the services' configuration schemas: npm run env:example
# Docker Compose can use it unchanged. \`npm run up\` needs none of it: it starts every server that .env does not name.
# Never commit .env.

`;
const text = head + envExample(await readServiceShapes());
if (process.argv.includes('--check')) {
  let current = '';
  try {
    current = readFileSync(file, 'utf8');
  } catch {
    // Missing counts as out of date.
  }
  if (current !== text) {
    console.error('.env.example is out of date: npm run env:example');
    process.exit(1);
  }
} else writeFileSync(file, text);
