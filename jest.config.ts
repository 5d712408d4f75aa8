import { join } from 'node:path';
import type { Config } from 'jest';

/** Shared by every package: its `test` script (tools/src/test/jest.ts) names this file and its own folder. */
const config: Config = {
  roots: ['<rootDir>/src'],
  testMatch: ['<rootDir>/src/**/*.test.ts'],
  // Code is ES modules, as in production. swc only strips the types and keeps line numbers for stack traces.
  extensionsToTreatAsEsm: ['.ts'],
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        swcrc: false,
        module: { type: 'es6' },
        sourceMaps: 'inline',
        jsc: {
          target: 'es2024',
          parser: { syntax: 'typescript', importAttributes: true },
          experimental: { keepImportAttributes: true },
        },
      },
    ],
  },
  testEnvironment: join(import.meta.dirname, 'tools/src/test/jest-environment.ts'),
  // Tests import what they use from @jest/globals.
  injectGlobals: false,
  // Generous: a busy machine is no reason to fail. Tests of speed are in `npm run bench`. Hooks: see the environment.
  testTimeout: 60_000,
  // Two cores: more workers make every test slower, not the run faster.
  maxWorkers: 2,
  watchman: false,
};

export default config;
