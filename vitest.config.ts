import { defineConfig } from 'vitest/config';

/**
 * Shared by every package (`vitest run --root . --config <this file>`). The JSON report is what `npm test`
 * adds up; Nx restores it with a cached result. The stack that tests talk to is started by `npm test`.
 */
export default defineConfig({
  test: {
    include: ['src/**/*.test.ts'],
    // Generous: a busy machine is no reason to fail. Tests of speed are in `npm run bench`.
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Two cores: more workers make every test slower, not the run faster.
    maxWorkers: 2,
    reporters: ['default', 'json'],
    outputFile: { json: 'dist/test-report.json' },
    passWithNoTests: true,
  },
});
